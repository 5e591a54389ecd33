import { visible } from './visible.ts';

/**
 * The edits (insert, delete, replace, swap of two neighbours) that make one text of another: optimal string alignment.
 * commander has the same for its flags, but does not export it.
 */
function edits(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  const cost = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= one.length; row++) {
    rows.push([row]);
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1];
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      rows[row]?.push(
        Math.min(
          cost(row - 1, column) + 1,
          cost(row, column - 1) + 1,
          cost(row - 1, column - 1) + (same ? 0 : 1),
          swapped && row > 1 && column > 1 ? cost(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return cost(one.length, other.length);
}

const LONGEST = 100;

/** The known names that a mistyped one may stand for: the closest ones, at most three. */
export function similar(given: string, known: Iterable<string>): readonly string[] {
  const wanted = given.slice(0, LONGEST).toLowerCase();
  const near = [...new Set(known)]
    .map((name) => ({ name, distance: edits(wanted, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(Math.min(name.length, wanted.length) / 3)));
  const closest = Math.min(...near.map(({ distance }) => distance));
  return near
    .filter(({ distance }) => distance === closest)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** ` (did you mean A or B?)`, or nothing where no known name is close. */
export function didYouMean(given: string, known: Iterable<string>): string {
  const names = similar(given, known);
  return names.length === 0 ? '' : ` (did you mean ${names.map(visible).join(' or ')}?)`;
}
