// Writes the software bill of materials (CycloneDX, JSON) of what is shipped: `npm run sbom`, or
// `node tools/sbom.mjs FILE`. The list is that of package-lock.json without what only development needs, with the
// checksum of each package. Equal contents make equal files: there is no time in them.
//   --installed  the packages in node_modules instead, for an image that has been pruned
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** @param {readonly string[]} more arguments of `npm sbom` */
function fromNpm(more) {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', ...more];
  // npm is a script of the shell on Windows.
  const done = spawnSync('npm', args, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' });
  if (done.status !== 0) throw new Error(`npm sbom failed: ${done.stderr || done.error?.message}`);
  return JSON.parse(done.stdout);
}

/**
 * `name@version` of what is shipped. With `--omit dev` npm sbom also leaves out packages that are shipped and that a
 * tool of development needs, too (npm 11.19: yaml and zod among them), so it is asked for all.
 */
function shipped() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return new Set(
    Object.entries(packages)
      .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
      .map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`),
  );
}

/** A UUID of the content, so that another content has another number. */
function serialOf(bom) {
  const digits = createHash('sha256').update(JSON.stringify(bom)).digest('hex');
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(13, 16)}`, `8${digits.slice(17, 20)}`];
  return `urn:uuid:${[...parts, digits.slice(20, 32)].join('-')}`;
}

/**
 * The SBOM as JSON text.
 * @param {{
 *   version?: string, of the program, that of package.json if absent
 *   only?: ReadonlySet<string>, `name@version` of the packages that are shipped, all if absent
 *   add?: readonly object[], further components
 *   installed?: boolean
 * }} options
 * @throws Error if npm fails or lacks a package that is shipped
 */
export function sbom({ version = about.version, only, add = [], installed = false } = {}) {
  const bom = fromNpm(installed ? [] : ['--package-lock-only']);
  const { timestamp: _, component, ...metadata } = bom.metadata;
  const ref = `${about.name}@${version}`;
  const wanted = only ?? (installed ? undefined : shipped());
  const kept = bom.components.filter(({ name, version: its }) => wanted?.has(`${name}@${its}`) ?? true);
  const missing = [...(wanted ?? [])].filter(
    (each) => !kept.some(({ name, version: its }) => each === `${name}@${its}`),
  );
  if (missing.length > 0) throw new Error(`npm sbom does not list ${missing.join(', ')}`);
  const components = [...kept, ...add];
  const refs = new Set(components.map((each) => each['bom-ref']));
  const own = component['bom-ref'];
  const dependencies = bom.dependencies
    .filter((each) => each.ref === own || refs.has(each.ref))
    .map((each) => ({
      ref: each.ref === own ? ref : each.ref,
      dependsOn: [
        ...each.dependsOn.filter((one) => refs.has(one)),
        ...(each.ref === own ? add.map((one) => one['bom-ref']) : []),
      ],
    }));
  const content = {
    ...bom,
    serialNumber: undefined,
    metadata: {
      ...metadata,
      component: { ...component, 'bom-ref': ref, name: about.name, version, purl: `pkg:npm/${ref}` },
    },
    components,
    dependencies,
  };
  return `${JSON.stringify({ ...content, serialNumber: serialOf(content) }, null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { installed: { type: 'boolean', default: false } },
  });
  const text = sbom(values);
  if (positionals[0] === undefined) process.stdout.write(text);
  else writeFileSync(positionals[0], text);
}
