import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { costTable } from '../../src/measure/cost-table.ts';
import { sample } from '../../src/measure/sample.ts';
import type { TrafficCost } from '../../src/measure/cost.ts';
import { demo, runCli } from '../support/run-cli.ts';
import { onTerminal } from '../support/terminal.ts';
import { findTool } from '../support/tools.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'measure '))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MEASURE = ['measure', '--vm', 'sriov_2012', '--seconds', '60'];
/** Columns are at least two spaces apart. */
const cells = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

describe('measure', () => {
  it('shows what the published experiment found: on the VF 460 MB/s at 9.5 %, off it 410 MB/s at 15 %', async () => {
    const file = join(folder, 'on.json');
    const on = await runCli(...MEASURE, ...demo('healthy'), '--out', file);
    expect([on.code, on.err]).toEqual([0, '']);
    expect(cells(on.out)).toEqual([
      ['', 'sriov_2012'],
      ['Path', 'on its VF'],
      ['Measured for', '60 s'],
      ['Guest CPU', '9.5 %', "of the VM's 4 virtual processors"],
      ['Root CPU', '1.0 %', "of the host's 32 logical processors, for all VMs together"],
      ['Throughput', '460.0 MB/s', 'in and out, by simulated guest exporter'],
      ['CPU per gigabyte', '0.83 s', 'guest CPU seconds for 10^9 bytes'],
    ]);
    const sampled = on.progress.filter((text) => text.startsWith('sriov_2012: '));
    expect(sampled.length).toBeGreaterThan(8);
    expect(sampled[2]).toMatch(/^sriov_2012: \d+ of 60 s, guest CPU 9\.5 %, 460\.0 MB\/s$/);

    const off = await runCli(...MEASURE, ...demo('sriov-off'), '--compare', file);
    expect(cells(off.out)).toEqual([
      ['', 'sriov_2012', 'sriov_2012', 'difference'],
      ['Path', 'on its VF', 'synthetic path, no VF requested'],
      ['Measured for', '60 s', '60 s'],
      ['Guest CPU', '9.5 %', '15.0 %', '+5.5 points', "of the VM's 4 virtual processors"],
      [
        'Root CPU',
        '1.0 %',
        '1.7 %',
        expect.stringMatching(/^\+0\.\d points$/),
        "of the host's 32 logical processors, for all VMs together",
      ],
      ['Throughput', '460.0 MB/s', '410.0 MB/s', '-50.0 MB/s', 'in and out, by simulated guest exporter'],
      ['CPU per gigabyte', '0.83 s', '1.46 s', '+0.64 s', 'guest CPU seconds for 10^9 bytes'],
    ]);
  });

  it('gives the same as JSON, which it reads again', async () => {
    const { out } = await runCli(...MEASURE, ...demo('sriov-off'), '--json', '--out', join(folder, 'off.json'));
    const cost = JSON.parse(out);
    expect(cost).toMatchObject({ vm: 'sriov_2012', path: 'not_requested', processors: 4, bytesPerSecond: 410e6 });
    expect(cost.guestCpu).toBeCloseTo(0.15, 6);
    expect(JSON.parse(readFileSync(join(folder, 'off.json'), 'utf8'))).toEqual({ schema: 1, ...cost });
  });

  it('says in one line what is wrong with what it was given', async () => {
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, '{"schema":1,"vm":"x"}');
    const newer = join(folder, 'newer.json');
    writeFileSync(newer, '{"schema":2}');
    for (const [args, code, says] of [
      [['--vm', 'nobody'], 64, 'there is no VM nobody on this host'],
      [['--vm', 'build-agent'], 64, 'more than one VM is named build-agent: its processors cannot be told apart'],
      [['--vm', 'vdi-201'], 1, 'vdi-201 is off'],
      [['--vm', 'x', '--seconds', '0'], 64, '--seconds 0: a whole number from 1 to 604800 is needed'],
      [['--vm', 'x', '--compare', join(folder, 'none.json')], 64, 'none.json could not be read: ENOENT'],
      [['--vm', 'x', '--compare', bad], 64, 'bad.json is not a run of measure: make one with measure --out'],
      [['--vm', 'x', '--compare', newer], 64, 'is of schema 2; this version reads up to 1'],
      [['--vm', 'x', '--guest-exporter', 'web07:9182'], 64, 'an address like http://web07:9182/metrics is needed'],
      [['--vm', 'x', '--guest-exporter', 'http://web07:9182'], 64, '--guest-exporter needs a real host'],
      [[], 64, "required option '--vm <name>' not specified; see --help"],
    ] as const) {
      const answer = await runCli('measure', ...args, ...demo('healthy'));
      expect(answer).toMatchObject({ code, out: '', err: expect.stringContaining(says) as string });
      expect(answer.err.trimEnd().split('\n')).toHaveLength(1);
    }
  });

  it.skipIf(findTool('script') === undefined)('prints what it has when it is interrupted', async () => {
    const main = join(import.meta.dirname, '../../dist/main.js');
    const words = [process.execPath, main, ...MEASURE.slice(0, 4), '600000', ...demo('healthy')];
    const { code, text } = await onTerminal(words, { answer: { to: 'sriov_2012: ', keys: '\u0003' } });
    expect([code, text]).toEqual([0, expect.stringMatching(/Throughput +460\.0 MB\/s/)]);
  });

  it('says where nothing was measured before the interruption', async () => {
    const interrupted = AbortSignal.abort();
    const { view } = await (await import('../support/demo-page.ts')).settled('healthy');
    const host = { settle: async () => view, read: async () => view, wait: async () => {} };
    await expect(sample(host, 'sriov_2012', 60, undefined, interrupted, () => {})).rejects.toThrow(
      'interrupted before anything was measured',
    );
    await expect(sample(host, 'sriov_2012', 60, undefined, new AbortController().signal, () => {})).rejects.toThrow(
      'the counters did not change between two readings',
    );
  });

  it('says in the cell what cannot be seen, and gives no difference with it', () => {
    const blind: TrafficCost = {
      vm: 'web07',
      path: 'vf',
      seconds: 60,
      processors: 2,
      hostProcessors: 16,
      guestCpu: 0.5,
    };
    const seen: TrafficCost = { ...blind, path: 'synthetic', bytesPerSecond: 1e8, bytesFrom: 'vSwitch counters' };
    expect(cells(costTable(blind, undefined))).toContainEqual([
      'Throughput',
      'not visible from the host',
      'see --guest-exporter',
    ]);
    expect(cells(costTable(seen, blind))).toContainEqual([
      'Throughput',
      'not visible from the host',
      '100.0 MB/s',
      'in and out, by vSwitch counters',
    ]);
    expect(cells(costTable(blind, undefined))).toContainEqual([
      'Root CPU',
      'not known',
      "of the host's 16 logical processors, for all VMs together",
    ]);
  });
});
