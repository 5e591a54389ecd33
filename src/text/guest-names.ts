/** Names of VMs that this process has read, by their first characters in lower case. No line of the log may hold one. */
const known = new Map<string, Set<string>>();
/** Many times the VMs of the largest collector */
const MAX_NAMES = 500_000;
const PREFIX = 3;
const NAME = '[vm]';
let count = 0;

const inWord = /[\p{L}\p{N}]/u;
/** What Windows quotes in its messages, in any language. An opening quote is not inside a word, where it is an apostrophe. */
const QUOTED = [
  `''`,
  `""`,
  '\u2018\u2019',
  '\u201a\u2018',
  '\u201c\u201d',
  '\u201e\u201c',
  '\u201e\u201d',
  '\u00ab\u00bb',
  '\u300c\u300d',
]
  .map(([open, close]) => `(?<![\\p{L}\\p{N}])${open}[^\\n${close}]*(?:${close}|$)`)
  .join('|');
/** A command of this program in a message: quotes in it are those of a path. */
const OWN_COMMAND = '`[^`\\n]* fleet trust [^`\\n]*`';
const quoted = new RegExp(`${OWN_COMMAND}|${QUOTED}`, 'gu');

/** Remembers names of VMs, which hideGuestNames then replaces. */
export function learnGuestNames(names: Iterable<string | undefined>): void {
  for (const name of names) {
    if (name === undefined || name.trim() === '' || count >= MAX_NAMES) continue;
    const lower = name.toLowerCase();
    const prefix = lower.slice(0, PREFIX);
    const alike = known.get(prefix);
    if (alike?.has(lower) === true) continue;
    count += 1;
    if (alike === undefined) known.set(prefix, new Set([lower]));
    else alike.add(lower);
  }
}

/** A text in which each known name of a VM is replaced where it stands as a word of its own, in upper or lower case. */
export function hideGuestNames(text: string): string {
  if (count === 0) return text;
  const lower = text.toLowerCase();
  // Letters whose lower case is longer would shift all that follows.
  if (lower.length !== text.length) return text.replace(/\S+/g, (word) => (isKnown(word.toLowerCase()) ? NAME : word));
  let clean = '';
  for (let at = 0; at < text.length;) {
    const length = isWordStart(text, at) ? longestNameAt(lower, at) : 0;
    clean += length === 0 ? text.charAt(at) : NAME;
    at += Math.max(1, length);
  }
  return clean;
}

const isKnown = (name: string): boolean => known.get(name.slice(0, PREFIX))?.has(name) === true;
const isInWord = (text: string, at: number): boolean => at >= 0 && at < text.length && inWord.test(text.charAt(at));
const isWordStart = (text: string, at: number): boolean => !isInWord(text, at) || !isInWord(text, at - 1);

/** Length of the longest name that begins there and does not end within a word; 0 if there is none. */
function longestNameAt(text: string, at: number): number {
  let longest = 0;
  for (let length = 1; length <= PREFIX; length++)
    for (const name of known.get(text.slice(at, at + length)) ?? []) {
      if (name.length <= longest || !text.startsWith(name, at)) continue;
      const end = at + name.length;
      if (!isInWord(text, end - 1) || !isInWord(text, end)) longest = name.length;
    }
  return longest;
}

/**
 * A message of Windows, or one that quotes it. It may name VMs that were never read: Windows writes names in quotation
 * marks, so the log has nothing of what stands in them.
 */
export class WindowsText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  withoutNames(): string {
    return hideGuestNames(
      this.text.replace(quoted, (match) =>
        match.startsWith('`') ? match : `${match.charAt(0)}${NAME}${match.charAt(0)}`,
      ),
    );
  }
  toJSON(): string {
    return this.text;
  }
}

/** A WindowsText of a text that may be missing, for a field of the log. */
export const windowsText = (text: string | undefined): WindowsText | undefined =>
  text === undefined ? undefined : new WindowsText(text);
