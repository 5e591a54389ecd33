import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { windows } from '../../../../src/document/enumerations.ts';
import { moduleFolder, runScript } from '../../../support/pwsh/module.ts';
import { describeWith } from '../../../support/tools.ts';

interface Counter {
  readonly name: string;
  readonly type: number;
  readonly instances: readonly { readonly name: string; readonly raw: string; readonly base?: string }[];
}

const received: Counter = {
  name: 'Bytes Received/sec',
  type: windows.CounterType.PERF_COUNTER_BULK_COUNT,
  instances: [
    { name: 'vSwitch', raw: '9223372036854775807' },
    { name: 'Internal', raw: '0' },
  ],
};
const sent: Counter = {
  name: 'Bytes Sent/sec',
  type: windows.CounterType.PERF_COUNTER_BULK_COUNT,
  instances: [
    { name: 'vSwitch', raw: '5' },
    { name: 'Internal', raw: '6' },
  ],
};
const wait: Counter = {
  name: 'CPU Wait Time Per Dispatch',
  type: windows.CounterType.PERF_AVERAGE_BULK,
  instances: [
    { name: 'sql01:Hv VP 0', raw: '5000', base: '42' },
    { name: 'sql01:Hv VP 0#1', raw: '7000', base: '43' },
  ],
};

interface Case {
  readonly counters: readonly string[];
  readonly averages?: readonly string[];
  readonly anySpelling?: true;
  readonly data: readonly Counter[];
}
const cases = {
  'two counters of three': { counters: ['Bytes Received/sec', 'Bytes Sent/sec'], data: [received, sent, wait] },
  'one that this Windows lacks': { counters: ['Bytes Sent/sec', 'Number of VMQ Moves/sec'], data: [received, sent] },
  'an average': {
    counters: ['CPU Wait Time Per Dispatch'],
    averages: ['CPU Wait Time Per Dispatch'],
    data: [wait],
  },
  "a vendor's spelling": { counters: ['bytes-sent sec'], anySpelling: true, data: [sent] },
  "a vendor's spelling of Windows' own set": { counters: ['bytes-sent sec'], data: [sent] },
  'names of another spelling': { counters: ['BYTES SENT/SEC'], data: [sent] },
  'none of those asked for': { counters: ['Bytes Empfangen/s'], data: [received] },
  'names of instances': { counters: [], data: [received, sent] },
  'no instances': { counters: ['Bytes Sent/sec'], data: [{ ...sent, instances: [] }] },
} satisfies Record<string, Case>;

const result = z.object({
  status: z.string(),
  errors: z.array(z.string()),
  types: z.record(z.string(), z.number()),
  rows: z.array(z.object({ instance: z.string(), values: z.record(z.string(), z.string()) })),
});
type Result = z.infer<typeof result>;

describeWith(['pwsh'], 'the counter module', () => {
  let results: Readonly<Record<string, Result>>;
  let names: readonly string[];
  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), 'hyperv-counters-'));
    const path = join(folder, 'cases.json');
    writeFileSync(path, JSON.stringify(Object.values(cases)));
    const all = z
      .object({ results: z.array(result), names: z.array(z.string()) })
      .parse(JSON.parse(runScript('counters.ps1', moduleFolder, path)));
    names = all.names;
    rmSync(folder, { recursive: true });
    results = Object.fromEntries([...Object.keys(cases), 'for real'].map((name, i) => [name, all.results[i]!]));
  });
  const rows = (name: keyof typeof cases) =>
    Object.fromEntries(results[name]!.rows.map(({ instance, values }) => [instance, values]));

  it('returns the requested counters of each instance, with all digits as text, and their types', () => {
    expect(results['two counters of three']).toMatchObject({
      status: 'ok',
      errors: [],
      types: {
        'Bytes Received/sec': windows.CounterType.PERF_COUNTER_BULK_COUNT,
        'Bytes Sent/sec': windows.CounterType.PERF_COUNTER_BULK_COUNT,
      },
    });
    expect(rows('two counters of three')).toEqual({
      vSwitch: { 'Bytes Received/sec': '9223372036854775807', 'Bytes Sent/sec': '5' },
      Internal: { 'Bytes Received/sec': '0', 'Bytes Sent/sec': '6' },
    });
  });

  it('leaves out a counter that this Windows lacks', () => {
    expect(results['one that this Windows lacks']).toMatchObject({
      status: 'ok',
      types: { 'Bytes Sent/sec': windows.CounterType.PERF_COUNTER_BULK_COUNT },
    });
    expect(rows('one that this Windows lacks')).toEqual({
      vSwitch: { 'Bytes Sent/sec': '5' },
      Internal: { 'Bytes Sent/sec': '6' },
    });
  });

  it("finds a vendor's counters in any spelling, and those of Windows in the exact one only", () => {
    expect(rows("a vendor's spelling")).toEqual({
      vSwitch: { 'bytes-sent sec': '5' },
      Internal: { 'bytes-sent sec': '6' },
    });
    expect(results["a vendor's spelling of Windows' own set"]).toMatchObject({ status: 'unsupported', rows: [] });
  });

  it("finds a vendor's counter set regardless of case, spaces and punctuation", () => {
    expect(names).toEqual(['vendor x1 vf (counters)', '']);
  });

  it('returns the base of an average, and a row for each of two VMs with the same name', () => {
    expect(results['an average']!.types).toEqual({
      'CPU Wait Time Per Dispatch': windows.CounterType.PERF_AVERAGE_BULK,
    });
    expect(rows('an average')).toEqual({
      'sql01:Hv VP 0': { 'CPU Wait Time Per Dispatch': '5000', 'CPU Wait Time Per Dispatch Base': '42' },
      'sql01:Hv VP 0#1': { 'CPU Wait Time Per Dispatch': '7000', 'CPU Wait Time Per Dispatch Base': '43' },
    });
  });

  it('finds a name in any case, and returns it as requested', () => {
    expect(rows('names of another spelling')).toMatchObject({ vSwitch: { 'BYTES SENT/SEC': '5' } });
  });

  it('is unsupported if the set has none of the counters', () => {
    expect(results['none of those asked for']).toEqual({
      status: 'unsupported',
      errors: ['the counter set has none of the requested counters'],
      types: {},
      rows: [],
    });
  });

  it('returns the names of instances, each once', () => {
    expect(results['names of instances']).toMatchObject({ status: 'ok', types: {} });
    expect(rows('names of instances')).toEqual({ vSwitch: {}, Internal: {} });
  });

  it('has no rows if the set has no instances', () => {
    expect(results['no instances']).toEqual({ status: 'ok', errors: [], types: {}, rows: [] });
  });

  it.skipIf(process.platform === 'win32')('reports why a system without performance counters has none', () => {
    expect(['unsupported', 'failed']).toContain(results['for real']!.status);
    expect(results['for real']).toMatchObject({ types: {}, rows: [] });
    expect(results['for real']!.errors).toEqual([expect.stringMatching(/PerformanceCounter|not supported/i)]);
  });
});
