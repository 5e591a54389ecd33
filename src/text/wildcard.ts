type Char = (character: string) => boolean;
/** `*`: any number of characters */
const ANY = '*';

/** A set such as `[a-c_]`: single characters and ranges. A range that ends before it begins matches nothing. */
function setOf(content: string): Char {
  const characters = Array.from(content);
  const ranges: (readonly [from: string, to: string])[] = [];
  for (let at = 0; at < characters.length; at++) {
    const [from = '', dash, to] = characters.slice(at, at + 3);
    const isRange = dash === '-' && to !== undefined;
    ranges.push([from, isRange ? to : from]);
    if (isRange) at += 2;
  }
  return (character) => ranges.some(([from, to]) => from <= character && character <= to);
}

/** A pattern of PowerShell as a list of tests, one for each character; `*` matches any number of characters. */
const parse = (pattern: string): readonly (Char | typeof ANY)[] =>
  Array.from(pattern.matchAll(/\*+|\[[^\]]+\]|[\s\S]/gu), ([part]) => {
    if (part.startsWith('*')) return ANY;
    if (part === '?') return () => true;
    if (part.length > 2 && part.startsWith('[')) return setOf(part.slice(1, -1));
    return (character: string) => character === part;
  });

/**
 * Whether a text matches in full. Only the last `*` is ever widened, so the time is at most the product of both lengths:
 * patterns come from the network.
 */
function matches(pattern: readonly (Char | typeof ANY)[], text: string): boolean {
  const characters = Array.from(text);
  let [at, inPattern] = [0, 0];
  let star: { readonly inPattern: number; at: number } | undefined;
  while (at < characters.length) {
    const test = pattern[inPattern];
    if (test === ANY) {
      star = { inPattern, at };
      inPattern++;
    } else if (test?.(characters[at] ?? '') === true) {
      at++;
      inPattern++;
    } else if (star === undefined) {
      return false;
    } else {
      at = ++star.at;
      inPattern = star.inPattern + 1;
    }
  }
  return pattern.slice(inPattern).every((test) => test === ANY);
}

/**
 * A test for names that fit a pattern with the wildcards of PowerShell (`*`, `?`, `[a-c]`), as Hyper-V's cmdlets take
 * names. A name that equals the pattern always fits, whatever characters it has; undefined never does. The time grows with
 * the lengths of pattern and name only.
 * @param caseSensitive by default upper and lower case are the same
 */
export function wildcard(pattern: string, { caseSensitive = false } = {}): (name: string | undefined) => boolean {
  const fold = (text: string): string => (caseSensitive ? text : text.toLowerCase());
  const wanted = fold(pattern);
  const parsed = parse(wanted);
  return (name) => {
    if (name === undefined) return false;
    const folded = fold(name);
    return folded === wanted || matches(parsed, folded);
  };
}
