/** What no shell of Unix or PowerShell acts on, wherever it stands in a word */
const PLAIN = /^[A-Za-z0-9_./:+-]+$/;
/** PowerShell ends a text in single quotes at the typographic ones, too. */
const POWERSHELL_QUOTES = /['\u2018\u2019\u201a\u201b]/g;

/**
 * A word of a command that a person pastes: for a POSIX shell, on Windows for PowerShell. Both take a text between single
 * quotes as it is.
 */
export function shellWord(word: string, platform: NodeJS.Platform): string {
  if (PLAIN.test(word)) return word;
  return platform === 'win32'
    ? `'${word.replaceAll(POWERSHELL_QUOTES, '$&$&')}'`
    : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
