// Runs commands of the built program one after the other: a list of { args, env } as JSON on standard input, the list of
// { code, out, err } as JSON on standard output.
import { text } from 'node:stream/consumers';

const { run } = await import(new URL('../../../dist/cli/program.js', import.meta.url).href);
const answers = [];
for (const { args, env = {} } of JSON.parse(await text(process.stdin))) {
  let out = '';
  let err = '';
  const code = await run(args, {
    environment: { ...process.env, ...env },
    out: (printed) => void (out += printed),
    err: (printed) => void (err += printed),
    progress: () => undefined,
  });
  answers.push({ code, out, err });
}
process.stdout.write(JSON.stringify(answers));
