// The program as one file: what dist/ imports, its dependencies too, with what has to stay apart beside it (PowerShell
// modules, page assets, the thread that checks passwords).
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { rolldown } from 'rolldown';

/** Loaded by the code by its name at run time: they keep a file of their own. */
const ENTRIES = ['main.js', join('http', 'web-config', 'bcrypt-worker.mjs')];
/** Code that is part of the bundle; every other file of dist is an asset. */
const CODE = /\.(?:js|map)$/;
const ASSET_THAT_IS_CODE = join('http', 'page', 'page.js');

/**
 * Bundles `dist` into `target`.
 * @returns {Promise<readonly string[]>} folders of the packages that went into it, for their licences
 */
export async function bundle(dist, target) {
  const packages = new Set();
  for (const entry of ENTRIES) {
    const built = await rolldown({ input: join(dist, entry), platform: 'node', logLevel: 'silent' });
    const { output } = await built.write({
      file: join(target, entry),
      format: 'esm',
      codeSplitting: false,
      // Names stay: stack traces of users are read.
      minify: { mangle: false, compress: false, codegen: { removeWhitespace: true } },
      comments: false,
    });
    await built.close();
    for (const { moduleIds = [] } of output)
      for (const id of moduleIds) {
        const found = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(id.replace(/^\0/, ''))?.[1];
        if (found !== undefined) packages.add(found);
      }
  }
  for (const file of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = relative(dist, join(file.parentPath, file.name));
    if ((CODE.test(path) && path !== ASSET_THAT_IS_CODE) || ENTRIES.includes(path)) continue;
    cpSync(join(dist, path), join(target, path));
  }
  return [...packages].toSorted((a, b) => a.localeCompare(b));
}

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** Writes the licence texts of what the package holds. @param {readonly string[]} folders of npm packages */
export function writeNotices(file, folders, nodeVersion) {
  const notices = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const text = readdirSync(folder)
      .filter((each) => /^(?:licen[cs]e|notice|copying)/i.test(each))
      .map((each) => readFileSync(join(folder, each), 'utf8').trim());
    return `${name} ${version} (${license})\n\n${text.length > 0 ? text.join('\n\n') : MIT}\n`;
  });
  const node = `Node.js ${nodeVersion} (MIT and the licences of its parts: https://github.com/nodejs/node/blob/v${nodeVersion}/LICENSE)\n\nCopyright Node.js contributors. All rights reserved.\n\n${MIT}\n`;
  writeFileSync(file, [node, ...notices].join(`\n${'-'.repeat(100)}\n\n`));
}
