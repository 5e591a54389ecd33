/**
 * Windows gives a program one text, which the program splits: rules of CommandLineToArgvW and of the C runtime,
 * learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments.
 */

/** One argument as it has to stand in a command line. */
export function quoteArgument(argument: string): string {
  if (argument !== '' && !/[\s"]/.test(argument)) return argument;
  // Backslashes are themselves, but for those before a quote.
  return `"${argument.replaceAll(/(\\*)"/g, String.raw`$1$1\"`).replace(/(\\+)$/, '$1$1')}"`;
}

/** The arguments of a command line, the program first. */
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
