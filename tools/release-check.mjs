// What must hold before a release and cannot hold in every commit: `npm run release:check`. Prints one line for each thing
// that is missing and fails if there is any.
//   --root FOLDER  checks another checkout
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { root: { type: 'string', default: dirname(dirname(fileURLToPath(import.meta.url))) } },
});
const root = resolve(values.root);
const read = (path) => readFileSync(join(root, path), 'utf8');
const missing = [];

/** Images by tag alone can change under a release: each is to be pinned by the digest of its manifest. */
const images = [
  ...[...read('Dockerfile').matchAll(/^ARG \w*IMAGE=(\S+)/gm)].map(([, image]) => ({ file: 'Dockerfile', image })),
  ...[...read('compose.yaml').matchAll(/^ +image: (\S+)/gm)]
    .map(([, image]) => ({ file: 'compose.yaml', image }))
    .filter(({ image }) => !image.startsWith('hyperv-sriov-exporter:')),
];
if (images.length === 0) missing.push('Dockerfile: no image was found to check');
for (const { file, image } of images)
  if (!/@sha256:[0-9a-f]{64}$/.test(image))
    missing.push(
      `${file}: ${image} has no digest. Print it with: docker buildx imagetools inspect ${image} --format '{{.Manifest.Digest}}'; write it as ${image}@sha256:…`,
    );

const { version } = JSON.parse(read('package.json'));
if (!new RegExp(`^## ${version.replaceAll('.', '\\.')} / \\d{4}-\\d{2}-\\d{2}$`, 'm').test(read('CHANGELOG.md')))
  missing.push(`CHANGELOG.md: no heading "## ${version} / YYYY-MM-DD"`);

const undated = Object.entries(JSON.parse(read('packaging/dependencies.json')))
  .filter(([, { lastRelease }]) => lastRelease === null)
  .map(([name]) => name);
if (undated.length > 0)
  missing.push(
    `packaging/dependencies.json: ${undated.length} packages have no date of their last release. With direct access to registry.npmjs.org: npm run dependencies -- --dates, then npm run generate`,
  );

for (const file of ['SECURITY.md', 'LICENSE', 'docs/dependencies.md'])
  if (!existsSync(join(root, file))) missing.push(`${file}: is not there`);

for (const line of missing) process.stdout.write(`${line}\n`);
process.stdout.write(missing.length === 0 ? 'ready to release\n' : `${missing.length} to do before a release\n`);
process.exitCode = missing.length === 0 ? 0 : 1;
