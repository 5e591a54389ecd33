type Char = (character: string) => boolean;
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
 * Whether a VM's name matches what a person typed, as Hyper-V's cmdlets take names: in any case, with the wildcards of
 * PowerShell (`*`, `?`, `[a-c]`). A name that is typed in full always matches, whatever characters it has.
 */
export function vmMatcher(typed: string): (name: string | undefined) => boolean {
  const wanted = typed.toLowerCase();
  const pattern = parse(wanted);
  return (name) => {
    const lower = name?.toLowerCase();
    return lower !== undefined && (lower === wanted || matches(pattern, lower));
  };
}
