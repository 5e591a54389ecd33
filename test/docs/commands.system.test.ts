import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../src/config/load.ts';
import { runScript } from '../support/pwsh/module.ts';
import { runProgram } from '../support/run-program.ts';
import { freePort } from '../support/servers/port.ts';
import { startProgram } from '../support/servers/program.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';

const root = join(import.meta.dirname, '../..');
const PAGES = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

/** Every fenced block of a page, its indentation taken off. */
const blocksOf = (page: string): Block[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^( *)```(\w+)\n(.*?)^ *```$/gms)].map(
    ([, indent = '', language = '', text = '']) => ({
      page,
      language,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
const blocks = PAGES.flatMap(blocksOf);
const runbooks = readdirSync(join(root, 'docs/runbooks')).map((name) => `docs/runbooks/${name}`);
const of = (language: string) => blocks.filter((block) => block.language === language);

/** Lines that a reader types in a shell: those of `sh` blocks, and after `$ ` in blocks that show the answer too. */
const lines = blocks.flatMap(({ page, language, text }) =>
  language === 'sh'
    ? text
        .trim()
        .split('\n')
        .map((line) => ({ page, line }))
    : language === 'text'
      ? [...text.matchAll(/^\$ (.+)$/gm)].map(([, line = '']) => ({ page, line }))
      : [],
);
const OURS = /^(?:npx )?hyperv-sriov-exporter /;
const ours = lines.filter(({ line }) => OURS.test(line));
const MINUTES = 120_000;
/** Exit codes of commands that have found something */
const CODES: Readonly<Record<string, number[]>> = {
  explain: [0, 2, 3],
  drift: [0, 2, 3],
  placement: [0, 2, 3],
  fleet: [0, 1],
};

const folder = mkdtempSync(join(tmpdir(), 'docs-'));
afterAll(() => rmSync(folder, { recursive: true }));
// What the pages speak of as the reader's own
copyFileSync(join(root, 'alerts/thresholds.yaml'), join(folder, 'my-thresholds.yaml'));
beforeAll(async () => {
  writeFileSync(join(folder, 'config.yaml'), `web:\n  listen-address: 127.0.0.1:${await freePort()}\n`);
});

/** A command as it can be run here: the demo host where a page means the reader's, the reader's folders in ours. */
function runnable(line: string): string[] {
  const args = line
    .replace(OURS, '')
    .replaceAll('/etc/prometheus/rules', join(folder, 'rules'))
    .replaceAll('web07', 'sriov_2012')
    // Only our own command of a pipe
    .replace(/ \|.*$/, '')
    // The simulated host has its own.
    .replace(/ --guest-exporter \S+/, '')
    .split(/\s+/);
  const [command = '', verb] = args;
  // Two simulated hosts in the place of the reader's own
  if (command === 'fleet' && verb === 'check' && !args.includes('--source'))
    return [...args, '--source', 'demo', '--demo.hosts', '2'];
  const readsHost = ['capture', 'doctor', 'explain', 'metrics', 'serve', 'measure'].includes(command);
  return readsHost && !args.includes('--source') ? [...args, '--source', 'demo'] : args;
}

/**
 * Answers that a page shows in full, below the one command; figures of `measure` differ from second to second, and those of
 * docs/fleet.md with the time of day: fleet-examples.test.ts has a clock of its own.
 */
const shown = blocks.flatMap(({ page, text }) => {
  const [, line = '', answer = ''] = /^\$ ([^\n]+)\n(.+)$/s.exec(text) ?? [];
  return page !== 'docs/fleet.md' && OURS.test(line) && !answer.startsWith('$ ') ? [{ page, line, answer }] : [];
});

describe('the commands in the docs', () => {
  it('are many', () => {
    expect(ours.length).toBeGreaterThan(6);
    expect(new Set(ours.map(({ page }) => page)).size).toBeGreaterThan(2);
    expect(of('powershell').length).toBeGreaterThan(4);
    expect(shown.length).toBeGreaterThan(0);
  });

  // In the order of the pages: one may read what the one before it wrote.
  it.each(ours)(
    '$page: $line',
    async ({ line }) => {
      const args = runnable(line);
      if (args[0] === 'serve') {
        const program = startProgram(
          process.execPath,
          [join(root, 'dist/main.js'), ...args, '--web.listen-address', `127.0.0.1:${await freePort()}`],
          { cwd: folder },
        );
        try {
          await until('it serves', () => /serving/.test(program.log()), { why: program.log });
        } finally {
          await program.stop();
        }
        return;
      }
      const { code, stdout, stderr } = await runProgram(args, { cwd: folder });
      expect({ line, code, stderr }).toEqual({
        line,
        code: expect.toBeOneOf(CODES[args[0] ?? ''] ?? [0]),
        stderr: expect.not.stringContaining('hyperv-sriov-exporter: '),
      });
      if (!args.includes('--out')) expect(stdout).not.toBe('');
    },
    MINUTES,
  );

  it.each(shown)(
    '$page shows what it answers: $line',
    async ({ line, answer }) => {
      const { stdout } = await runProgram(runnable(line), { cwd: folder });
      expect(stdout.trim()).toBe(answer.trim());
    },
    MINUTES,
  );

  it('of npm name scripts that there are', () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
    const named = lines.flatMap(({ line }) =>
      [...line.matchAll(/npm (?:run )?([a-z:]+)/g)].map(([, name = '']) => name),
    );
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((name) => name !== 'ci' && !(name in scripts))).toEqual([]);
  });

  it('spell ours in one way', () => {
    const texts = [...PAGES, ...runbooks].map((page) => ({ page, text: readFileSync(join(root, page), 'utf8') }));
    expect(texts.length).toBeGreaterThan(30);
    expect(texts.filter(({ text }) => text.includes('dist/main.js')).map(({ page }) => page)).toEqual([]);
    // By its path only where the installation has not reached PATH yet.
    const byPath = texts.filter(({ text }) => /[\\/]hyperv-sriov-exporter\.cmd/.test(text)).map(({ page }) => page);
    expect(byPath.filter((page) => page !== 'docs/windows.md' && page !== 'README.md')).toEqual([]);
  });

  it('are all of a kind that this test checks', () => {
    const known =
      /^(?:npm |kubectl |mkdir |ssh-keygen |osslsigncode |npx |docker |promtool |amtool |curl |gzip |git |sudo |Set-VM|export HYPERV_SRIOV_CONFIG_FILE=\/|#)/;
    expect(lines.filter(({ line }) => !OURS.test(line) && !known.test(line))).toEqual([]);
  });
});

describe('configuration files in the docs', () => {
  const files = of('yaml').filter(({ page }) =>
    ['docs/windows.md', 'docs/configuration.md', 'docs/troubleshooting.md'].includes(page),
  );
  it.each(files)('$page: $text', ({ text }) => {
    const path = join(folder, 'config.yaml');
    writeFileSync(path, text);
    expect(loadConfig({ flags: new Map([['config.file', path]]), environment: {} }).file).toBe(path);
  });
  it('are some', () => expect(files.length).toBeGreaterThan(1));
});

describeWith(['pwsh'], "the docs' PowerShell", () => {
  it(
    'is understood by the parser of PowerShell',
    () => {
      const scripts = [...blocks, ...runbooks.flatMap(blocksOf)].filter(({ language }) => language === 'powershell');
      expect(scripts.length).toBeGreaterThan(30);
      const paths = scripts.map(({ text }, i) => {
        const path = join(folder, `block-${i}.ps1`);
        writeFileSync(path, text);
        return path;
      });
      const list = join(folder, 'list.txt');
      writeFileSync(list, paths.join('\n'));
      const report = z
        .array(z.object({ path: z.string(), nodes: z.number(), errors: z.array(z.string()) }))
        .parse(JSON.parse(runScript('syntax.ps1', list)));
      expect(report.map(({ path }) => path)).toEqual(paths);
      expect(report.filter(({ errors, nodes }) => errors.length > 0 || nodes < 3)).toEqual([]);
    },
    MINUTES,
  );
});
