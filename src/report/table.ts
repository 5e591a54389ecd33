import { visible } from '../text/visible.ts';

/**
 * Columns as wide as their widest cell, but for the last; names from outside are made visible.
 * @param paint gives a cell a colour: its text, column, and row counted from the header as 0
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  paint: (cell: string, column: number, row: number) => string = (cell) => cell,
): string {
  const cells = [header, ...rows].map((row) => row.map(visible));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))));
  return cells
    .map((row, at) =>
      row
        .map((cell, column) => {
          const space = column === row.length - 1 ? 0 : (widths[column] ?? 0) - width(cell);
          return (cell === '' ? '' : paint(cell, column, at)) + ' '.repeat(space);
        })
        .join('  ')
        .trimEnd(),
    )
    .map((row) => `${row}\n`)
    .join('');
}

/** Columns of a terminal that a text takes: emoji and East Asian letters take two. */
export function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{Mark}|\u200d|\ufe0f/u.test(character)) continue;
    columns +=
      /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return columns;
}
