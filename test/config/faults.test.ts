import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, runCliIn } from '../support/run-cli.ts';

const folder = join(import.meta.dirname, '../fixtures/config');
const files = readdirSync(folder).map((name) => {
  const text = readFileSync(join(folder, name), 'utf8');
  return { name, text, says: [...text.matchAll(/^# says: (.*)$/gm)].map(([, message = '']) => message) };
});

/** One file for each way to be wrong; its first lines are what `config check` says of it, after the file's name. */
/** Paths in messages have the separator of the system. */
const slashes = (text: string): string => text.replaceAll('\\', '/');

describe('a faulty configuration file', () => {
  it('covers each kind of fault', () => {
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter(({ says }) => says.length === 0)).toEqual([]);
  });

  it.each(files)('$name', async ({ name, says }) => {
    const path = join(folder, name);
    const { code, out, err } = await runCli('config', 'check', '--config.file', path);
    const lines = err
      .replace(/^hyperv-sriov-exporter: /, '')
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(says.length);
    for (const [index, message] of says.entries()) {
      expect(lines[index]?.startsWith(folder)).toBe(true);
      expect(slashes(lines[index] ?? '')).toContain(slashes(/^\d/.test(message) ? `${name}:${message}` : message));
    }
    expect(err).not.toContain('never-shown');
    expect({ code, out }).toEqual({ code: 64, out: '' });
  });
});

describe('flags and environment', () => {
  it('are named in their faults, and all faults are reported at once', async () => {
    const { code, err } = await runCliIn({ HYPERV_SRIOV_LOG_LEVEL: 'loud', HYPERV_SRIOV_FOO: '1' }, [
      'config',
      'check',
      '--poll.activity.interval',
      '7s',
    ]);
    expect(code).toBe(64);
    expect(err.split('\n')).toEqual([
      'hyperv-sriov-exporter: HYPERV_SRIOV_FOO: is not a known setting',
      'HYPERV_SRIOV_LOG_LEVEL: must be one of debug, info, warn, error, got "loud"',
      '--poll.activity.interval: must divide a minute or an hour evenly, such as 15s, 30s, 1m, 10m, got "7s"',
      '',
    ]);
  });

  it('an unknown flag', async () => {
    expect(await runCli('config', 'check', '--web.listen-adress', ':1')).toMatchObject({
      code: 64,
      err: "hyperv-sriov-exporter: unknown option '--web.listen-adress' (Did you mean --web.listen-address?); see --help\n",
    });
  });

  it('a file with hundreds of faults, some of endless keys and values, is reported in a message that can be read', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'faults-')), 'config.yaml');
    const texts = [
      `source: [\n${'} name: x\n'.repeat(400)}`,
      `${'x'.repeat(100_000)}: 1\nlog: { level: ${'y'.repeat(100_000)} }\n`,
      Array.from({ length: 500 }, (_, index) => `setting${index}: 1\n`).join(''),
    ];
    for (const text of texts) {
      writeFileSync(path, text);
      const { code, err } = await runCli('config', 'check', '--config.file', path);
      expect(code).toBe(64);
      expect(err.length).toBeLessThan(30_000);
      expect(err.split('\n').length).toBeLessThanOrEqual(52);
    }
    expect((await runCli('config', 'check', '--config.file', path)).err).toContain(`${path}: 450 more faults\n`);
    rmSync(dirname(path), { recursive: true });
  });

  it('a missing file', async () => {
    const { code, err } = await runCli('config', 'check', '--config.file', join(folder, 'nowhere.yaml'));
    expect(err).toMatch(/nowhere\.yaml: cannot be read: ENOENT/);
    expect(code).toBe(64);
  });
});
