import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shipped } from '../src/shipped.ts';

/** The compiled code of the tools serves pages, too: copies their assets beside it. In the sources they are there. */
export function placeAssets(): void {
  for (const asset of ['http/page/page.css', 'http/page/document.css', 'http/page/page.js']) {
    const file = fileURLToPath(shipped(asset));
    if (!existsSync(file)) cpSync(join(process.cwd(), 'src', asset), file);
  }
}
