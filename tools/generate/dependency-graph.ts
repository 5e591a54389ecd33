import { readFileSync } from 'node:fs';
import { z } from 'zod';

const packageJson = z.object({
  dependencies: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
});
const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      os: z.array(z.string()).optional(),
      dependencies: z.record(z.string(), z.string()).optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
const recorded = z.record(
  z.string(),
  z.object({
    license: z.string(),
    files: z.number(),
    bytes: z.number(),
    /** Day of the package's newest version; null where nobody has looked it up */
    lastRelease: z.iso.date().nullable(),
  }),
);

/** A package that is shipped. */
export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly bytes: number;
  readonly lastRelease: string | null;
  /** Names of our own dependencies that bring it */
  readonly broughtBy: readonly string[];
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/**
 * The packages that are shipped, by package-lock.json and packaging/dependencies.json, by name. A prebuilt library for one
 * platform counts as a part of the package that brings it.
 * @throws Error that names a package without a record
 */
export function shippedPackages(): readonly ShippedPackage[] {
  const { dependencies, optionalDependencies } = packageJson.parse(read('package.json'));
  const { packages } = lockFile.parse(read('package-lock.json'));
  const known = recorded.parse(read('packaging/dependencies.json'));

  /** The folder of `name` as Node finds it from a package's folder */
  const find = (name: string, from: string): string | undefined => {
    for (let folder = from; ;) {
      const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
      if (path in packages) return path;
      if (folder === '') return undefined;
      const parent = folder.lastIndexOf('/node_modules/');
      folder = parent === -1 ? '' : folder.slice(0, parent);
    }
  };

  const broughtBy = new Map<string, Set<string>>();
  const walk = (path: string, root: string): void => {
    const roots = broughtBy.get(path) ?? new Set();
    if (roots.has(root)) return;
    broughtBy.set(path, roots.add(root));
    const { dependencies: own, optionalDependencies: optional } = packages[path] ?? {};
    for (const name of Object.keys({ ...own, ...optional })) {
      const found = find(name, path);
      if (found !== undefined && packages[found]?.os === undefined) walk(found, root);
    }
  };
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) walk(`node_modules/${name}`, name);

  return [...broughtBy]
    .map(([path, roots]): ShippedPackage => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const version = packages[path]?.version ?? '';
      const record = known[`${name}@${version}`];
      if (record === undefined)
        throw new Error(`packaging/dependencies.json has no ${name}@${version}: npm run dependencies`);
      const { license, bytes, lastRelease } = record;
      return { name, version, license, bytes, lastRelease, broughtBy: [...roots].toSorted() };
    })
    .toSorted((a, b) => (a.name === b.name ? a.version.localeCompare(b.version) : a.name.localeCompare(b.name)));
}
