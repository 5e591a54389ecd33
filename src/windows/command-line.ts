/**
 * A program on Windows gets its arguments as one text and splits it with the rules of CommandLineToArgvW and the C runtime:
 * learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments.
 */

/** Quotes an argument for a command line. */
export function quoteArgument(argument: string): string {
  if (argument !== '' && !/[\s"]/.test(argument)) return argument;
  // Backslashes are literal, except for those before a quote.
  return `"${argument.replaceAll(/(\\*)"/g, String.raw`$1$1\"`).replace(/(\\+)$/, '$1$1')}"`;
}

/** Splits a command line into its arguments; the first is the program. */
export function splitCommandLine(line: string): readonly string[] {
  const found: string[] = [];
  let rest = line.trim();
  while (rest !== '') {
    let argument = '';
    let quoted = false;
    let at = 0;
    for (; at < rest.length; at += 1) {
      const [run = ''] = /^\\*/.exec(rest.slice(at)) ?? [];
      if (run !== '' && rest[at + run.length] === '"') {
        argument += '\\'.repeat(Math.floor(run.length / 2));
        at += run.length;
        if (run.length % 2 === 1) argument += '"';
        else quoted = !quoted;
        continue;
      }
      const letter = rest[at] ?? '';
      if (letter === '"') quoted = !quoted;
      else if (!quoted && /\s/.test(letter)) break;
      else argument += letter;
    }
    found.push(argument);
    rest = rest.slice(at).trimStart();
  }
  return found;
}
