import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/servers/until.ts';

const root = join(import.meta.dirname, '../..');
const checkout = mkdtempSync(join(tmpdir(), 'checkout of ü '));
const dist = join(checkout, 'dist');

/** Starts a build in the checkout. */
function build() {
  const child = spawn(process.execPath, [join(checkout, 'tools', 'build.mjs')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // The compiler is a process of its own, which a signal to the group ends, too.
    detached: true,
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
  return { child, closed: once(child, 'close'), printed: () => printed };
}

/** The files of a folder with their content. */
const contentOf = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [path.slice(folder.length), readFileSync(path, 'base64')]),
  );
const leftovers = () => readdirSync(checkout).filter((name) => name.startsWith('dist.'));

describe.skipIf(process.platform === 'win32')('a build that is killed', () => {
  let whole: Readonly<Record<string, string>>;
  beforeAll(async () => {
    for (const name of ['src', 'package.json', 'tsconfig.json', 'tsconfig.build.json'])
      cpSync(join(root, name), join(checkout, name), { recursive: true });
    cpSync(join(root, 'tools', 'build.mjs'), join(checkout, 'tools', 'build.mjs'));
    symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
    const first = build();
    expect([await first.closed, first.printed()]).toEqual([[0, null], '']);
    whole = contentOf(dist);
    expect(Object.keys(whole).length).toBeGreaterThan(300);
  });
  afterAll(() => rmSync(checkout, { recursive: true, force: true }));

  /** Waits until the running build has come so far. */
  const STAGES: readonly (readonly [string, () => boolean | Promise<boolean>])[] = [
    ['at its start', () => true],
    ['while the compiler writes', () => leftovers().some((name) => existsSync(join(checkout, name, 'main.js')))],
    [
      'while it copies what is beside the code',
      () => leftovers().some((name) => existsSync(join(checkout, name, 'collect', 'powershell', 'HyperVSriov'))),
    ],
    ['at its end', () => leftovers().some((name) => name.endsWith('.former'))],
  ];
  const CASES = STAGES.map(([when, reached], index) => ({
    when,
    reached,
    signal: index === 1 ? ('SIGTERM' as const) : ('SIGKILL' as const),
  }));
  it.each(CASES)('$when with $signal leaves a whole program, or none', async ({ reached, signal }) => {
    // The former program can be told from the one that is being built.
    if (existsSync(dist)) writeFileSync(join(dist, 'former.txt'), '');
    const former = existsSync(dist) ? contentOf(dist) : {};
    const before = new Set(leftovers());
    const { child, closed } = build();
    await until('the build has begun', () => leftovers().some((name) => !before.has(name)) || child.exitCode !== null);
    while (!(await reached()) && child.exitCode === null) await sleep(1);
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, signal);
    await closed;
    if (!existsSync(dist)) return;
    const now = contentOf(dist);
    expect(now).toEqual('/former.txt' in now ? former : whole);
  });

  it('is forgotten by the next build', async () => {
    const { closed, printed } = build();
    expect([await closed, printed()]).toEqual([[0, null], '']);
    expect(leftovers()).toEqual([]);
    expect(contentOf(dist)).toEqual(whole);
  });

  it('runs after all of that', async () => {
    const child = spawn(process.execPath, [join(dist, 'main.js'), '--version'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    await once(child, 'close');
    expect(out).toMatch(/^\d+\.\d+\.\d+.*, Node v\d+/);
  });
});
