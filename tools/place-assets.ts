import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shipped } from '../src/shipped.ts';

/** Files that the code reads beside it, and where they are in a checkout */
const ASSETS = [
  ...['http/page/page.css', 'http/page/document.css', 'http/page/page.js'].map((asset) => [asset, `src/${asset}`]),
  ['../package.json', 'package.json'],
] as const;

/** The compiled code of the tools serves pages and runs commands, too: copies their files beside it. In the sources they are there. */
export function placeAssets(): void {
  for (const [asset = '', source = ''] of ASSETS) {
    const file = fileURLToPath(shipped(asset));
    if (!existsSync(file)) cpSync(join(process.cwd(), source), file);
  }
}
