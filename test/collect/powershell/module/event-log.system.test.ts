import { expect, it } from 'vitest';
import type { ModuleCase, StubCall, StubObject } from '../../../support/pwsh/module.ts';
import { describeWith } from '../../../support/tools.ts';
import { eventlog } from './hosts.ts';
import { inOneEngine } from './one-engine.ts';

const NOW = Date.UTC(2026, 0, 5, 8);
const DAY = 86_400_000;
const VMSWITCH = 'Microsoft-Windows-Hyper-V-VmSwitch';

const entry = (RecordId: number, ago: number, more: StubObject = {}): StubObject => ({
  RecordId,
  Id: 113,
  TimeCreated: NOW - ago,
  Message: 'refused',
  Properties: [{ Value: 'a' }],
  ...more,
});
const log = { channel: 'System', provider: VMSWITCH };
const caseOf = (call: StubCall, options: ModuleCase['options'] = {}): ModuleCase => ({
  part: 'eventlog',
  host: { ...eventlog, clock: NOW, calls: { 'Get-WinEvent': { type: 'EventRecord', log, ...call } } },
  options,
});

const three = [entry(1, 2 * DAY), entry(2, 3_600_000), entry(3, 60_000), entry(4, 1000, { Id: 232 })];
const cases = {
  'a day': caseOf({ rows: three }),
  'since the last read': caseOf({ rows: three }, { WithinMs: 120_000 }),
  'none in that time': caseOf({ rows: three }, { WithinMs: 1000 }),
  'of another provider': caseOf({ rows: three, log: { ...log, provider: 'Microsoft-Windows-Kernel-Power' } }),
  'no such log': caseOf({ rows: three, log: { ...log, channel: 'Application' } }),
  forbidden: caseOf({ rows: three, forbidden: true }),
  'the log is damaged': caseOf({ errors: [{ message: 'damaged', id: 'LogInfoUnavailable' }] }),
  'a text that cannot be made': caseOf({ rows: [entry(1, 1000)], errors: [{ message: 'no text', id: 'no text' }] }),
  'no such cmdlet': caseOf({ missing: true }),
  many: caseOf({ rows: Array.from({ length: 500 }, (_, n) => entry(n + 1, 500_000 - n * 1000)) }),
  long: caseOf({
    rows: [
      entry(1, 1000, {
        Message: `${'m'.repeat(999)}\n${'n'.repeat(9000)}`,
        Properties: Array.from({ length: 40 }, (_, n) => ({ Value: `${n}${'v'.repeat(500)}` })),
      }),
    ],
  }),
  excluded: caseOf({ rows: three }, { ExcludeSource: 'vmswitch_event' }),
} as const satisfies Record<string, ModuleCase>;

describeWith(['pwsh'], 'entries of the event log', () => {
  const resultOf = inOneEngine(cases);
  const source = (name: keyof typeof cases) => resultOf(name).document.sources['vmswitch_event']!;
  const ids = (name: keyof typeof cases) => source(name).rows.map((row) => row['recordId']);

  it('are read by provider, id and time, the newest first', () => {
    expect([source('a day').status, ids('a day')]).toEqual(['ok', [3, 2]]);
    expect(ids('since the last read')).toEqual([3]);
    expect(ids('of another provider')).toEqual([]);
  });

  it('may be empty, which is not a fault', () => {
    for (const name of ['none in that time', 'of another provider'] as const)
      expect(source(name)).toMatchObject({ status: 'ok', rows: [], errors: [] });
  });

  it('are unsupported where the log is missing or the account may not read it', () => {
    for (const name of ['no such log', 'forbidden', 'no such cmdlet'] as const)
      expect(source(name), name).toMatchObject({ status: 'unsupported', rows: [] });
  });

  it('are failed where the log cannot be read, and partial where one of them cannot', () => {
    expect(source('the log is damaged')).toMatchObject({ status: 'failed', errors: ['damaged'] });
    expect([source('a text that cannot be made').status, ids('a text that cannot be made')]).toEqual(['partial', [1]]);
  });

  it('are bounded in number, and each in length', () => {
    expect(ids('many')).toEqual(Array.from({ length: 200 }, (_, n) => 500 - n));
    const [row] = source('long').rows;
    expect(row!['message']).toBe(`${'m'.repeat(999)}\n`);
    expect(row!['values']).toEqual(Array.from({ length: 20 }, (_, n) => `${n}${'v'.repeat(500)}`.slice(0, 256)));
  });

  it('are not read where they are excluded', () => {
    expect(resultOf('excluded').document.sources).toEqual({});
    expect(resultOf('excluded').calls).toEqual([]);
  });
});
