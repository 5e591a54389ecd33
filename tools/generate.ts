import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generators } from './generate/all.ts';

/** Writes every generated file, from the repository's root (npm runs scripts there). */
for (const generate of generators) {
  for (const { path, content } of await generate()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    console.log(path);
  }
}
