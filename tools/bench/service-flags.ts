import { readFileSync } from 'node:fs';
import { z } from 'zod';

const packageJson = z.object({ scripts: z.object({ start: z.string() }) });

/** The arguments of Node that the service runs with, from `npm start`: flags of Node, then dist/main.js. */
export function serviceArguments(): { readonly nodeFlags: readonly string[]; readonly program: string } {
  const [, ...words] = packageJson.parse(JSON.parse(readFileSync('package.json', 'utf8'))).scripts.start.split(' ');
  const nodeFlags = words.filter((word) => word.startsWith('--'));
  return { nodeFlags, program: words.find((word) => !word.startsWith('--')) ?? '' };
}
