import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Alerting, createAlerting } from '../../src/alerting/alerting.ts';
import type { AlertInstance } from '../../src/alerting/evaluate.ts';
import type { Sender } from '../../src/alerting/notify/sender.ts';
import { thresholdsSchema } from '../../src/alerting/thresholds.ts';
import type { MetricFamily } from '../../src/metrics/define.ts';
import { readJsonFile, writeJsonFile } from '../../src/state/json-file.ts';
import { createSaves } from '../../src/state/saves.ts';

/** Has a `for` of one minute and no keep_firing_for. */
const thresholds = thresholdsSchema.parse({ alerts: { SriovDuplicateIp: { for: '1m' } } });
const START = Date.UTC(2026, 4, 4, 12);
const HOUR = 3600;

/** A host on which two vNICs have one IP address, or none have. */
const families = (duplicates: number | undefined): MetricFamily[] => [
  {
    name: 'hyperv_host_duplicate_ip_addresses',
    type: 'gauge',
    help: '',
    samples: duplicates === undefined ? [] : [{ value: duplicates }],
  },
];

/** A sender that keeps what it was given, as [state, second since the start]. */
function keptSender(): Sender & { readonly sent: [state: string, seconds: number][] } {
  const sent: [string, number][] = [];
  return {
    sent,
    name: 'kept',
    enqueue: (alerts: readonly AlertInstance[], now) =>
      sent.push(...alerts.map(({ state }): [string, number] => [state, now - START / 1000])),
    drain: () => Promise.resolve(),
    counts: () => ({ sent: 0, errors: 0, dropped: 0, queued: 0 }),
    isUnsent: () => false,
  };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alert state '));
});
afterEach(() => rmSync(folder, { recursive: true }));

const FILE = 'alerts.json';
let said: string[] = [];

/** One run of the agent, which keeps its state in `folder`. */
async function start(seconds = 0): Promise<{
  alerting: Alerting;
  alertmanager: ReturnType<typeof keptSender>;
  webhook: ReturnType<typeof keptSender>;
}> {
  said = [];
  const [alertmanager, webhook] = [keptSender(), keptSender()];
  const log = {
    warn: (fields: object, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`),
    info() {},
  };
  const saves = createSaves(log);
  const alerting = createAlerting({
    thresholds,
    externalLabels: { instance: 'hv01:10182' },
    holdSeconds: 0,
    alertmanagers: [alertmanager],
    webhooks: [webhook],
    log,
    saved: await readJsonFile(folder, FILE).catch(() => ({ torn: true })),
    startedAt: START + seconds * 1000,
    async save(json) {
      if (!(await saves.run('alerts', folder, () => writeJsonFile(folder, FILE, json)))) throw new Error('not saved');
    },
  });
  return { alerting, alertmanager, webhook };
}

/** Rounds of 15 s over [from, to), in seconds since the start. */
async function rounds(
  alerting: Alerting,
  from: number,
  to: number,
  duplicates: number | undefined,
  complete = true,
): Promise<void> {
  for (let at = from; at < to; at += 15) await alerting.update(families(duplicates), START + at * 1000, complete);
}
const states = (alerting: Alerting) => [...alerting.state().values()].map(({ state }) => state);

describe('what is sent', () => {
  it('to an Alertmanager: changes at once, firing alerts each minute, resolved alerts each minute for 15 minutes', async () => {
    const { alerting, alertmanager, webhook } = await start();
    await rounds(alerting, 0, 300, 2);
    await rounds(alerting, 300, 300 + 1200, 0);
    const firing = alertmanager.sent.filter(([state]) => state === 'firing').map(([, at]) => at);
    const resolved = alertmanager.sent.filter(([state]) => state === 'resolved').map(([, at]) => at);
    expect(firing).toEqual([60, 120, 180, 240]);
    expect(resolved).toEqual(Array.from({ length: 15 }, (_, minute) => 300 + minute * 60));
    expect(webhook.sent).toEqual([
      ['firing', 60],
      ['resolved', 300],
    ]);
    expect(states(alerting)).toEqual([]);
    await alerting.close(START, 'stopped');
  });

  it('sends firing alerts once more when the agent stops, so that they stay active, and resolves nothing', async () => {
    const { alerting, alertmanager, webhook } = await start();
    await rounds(alerting, 0, 90, 2);
    await alerting.close(START + 100_000, 'stopped');
    expect(alertmanager.sent.at(-1)).toEqual(['firing', 100]);
    expect([...alertmanager.sent, ...webhook.sent].some(([state]) => state === 'resolved')).toBe(false);
  });
});

describe('across a restart', () => {
  it('a firing alert keeps firing with its start time, and is not sent as a change', async () => {
    const first = await start();
    await rounds(first.alerting, 0, 90, 2);
    await first.alerting.close(START + 90_000, 'stopped');
    const next = await start(120);
    expect(states(next.alerting)).toEqual(['firing']);
    // Before the host has been read there is nothing to see; it is sent on all the same, so that it does not run out.
    await rounds(next.alerting, 120, 240, undefined, false);
    expect(next.alertmanager.sent.map(([state]) => state)).toEqual(['firing', 'firing']);
    await rounds(next.alerting, 240, 300, 2);
    const [alert] = next.alerting.state().values();
    expect(alert).toMatchObject({ state: 'firing', activeAt: START / 1000, firedAt: START / 1000 + 60 });
    expect(next.webhook.sent).toEqual([]);
    await next.alerting.close(START, 'stopped');
  });

  it('a pending alert keeps its start time, unless the gap was longer than an hour', async () => {
    const first = await start();
    await rounds(first.alerting, 0, 45, 2);
    await first.alerting.close(START + 45_000, 'stopped');
    const soon = await start(60);
    await rounds(soon.alerting, 60, 75, 2);
    expect(states(soon.alerting)).toEqual(['firing']);
    await soon.alerting.close(START, 'stopped');
    rmSync(join(folder, FILE));
    const again = await start();
    await rounds(again.alerting, 0, 45, 2);
    await again.alerting.close(START + 45_000, 'stopped');
    const late = await start(2 * HOUR);
    await rounds(late.alerting, 2 * HOUR, 2 * HOUR + 15, 2);
    expect(states(late.alerting)).toEqual(['pending']);
    await late.alerting.close(START, 'stopped');
  });

  it('an alert whose condition ended during the restart resolves three minutes after the host was read, or after 15 minutes if it cannot be read', async () => {
    const first = await start();
    await rounds(first.alerting, 0, 90, 2);
    await first.alerting.close(START + 90_000, 'stopped');
    const saved = readFileSync(join(folder, FILE));
    const read = await start(100);
    await rounds(read.alerting, 100, 275, 0);
    expect(states(read.alerting)).toEqual(['firing']);
    await rounds(read.alerting, 280, 300, 0);
    expect(states(read.alerting)).toEqual(['resolved']);
    expect(read.webhook.sent.map(([state]) => state)).toEqual(['resolved']);
    await read.alerting.close(START, 'stopped');
    writeFileSync(join(folder, FILE), saved);
    const blind = await start(100);
    await rounds(blind.alerting, 100, 100 + 900, undefined, false);
    expect(states(blind.alerting)).toEqual(['firing']);
    await rounds(blind.alerting, 100 + 900, 100 + 930, undefined, false);
    expect(states(blind.alerting)).toEqual(['resolved']);
    await blind.alerting.close(START, 'stopped');
  });

  it('alerts that a webhook had not accepted are sent to it again', async () => {
    const first = await start();
    let key = '';
    first.webhook.isUnsent = (one) => one === key;
    await rounds(first.alerting, 0, 90, 2);
    [key = ''] = first.alerting.state().keys();
    await first.alerting.close(START + 90_000, 'stopped');
    const next = await start(100);
    await rounds(next.alerting, 100, 130, 2);
    expect(next.webhook.sent).toEqual([['firing', 100]]);
    await next.alerting.close(START, 'stopped');
  });

  it('a clock that was set back by a day before the restart makes no alert wait, fire or be resent for that day', async () => {
    const DAY = 24 * HOUR;
    const first = await start(DAY);
    await rounds(first.alerting, DAY, DAY + 90, 2);
    await first.alerting.close(START + (DAY + 90) * 1000, 'stopped');
    const next = await start();
    await rounds(next.alerting, 0, 150, 2);
    const [alert] = next.alerting.state().values();
    expect(alert).toMatchObject({ state: 'firing', activeAt: START / 1000, firedAt: START / 1000 });
    expect(next.alertmanager.sent).toEqual([
      ['firing', 0],
      ['firing', 60],
      ['firing', 120],
    ]);
    // Its condition ends: it resolves at once, and is forgotten 15 minutes later.
    await rounds(next.alerting, 195, 210, 0);
    expect(states(next.alerting)).toEqual(['resolved']);
    await rounds(next.alerting, 210, 195 + 900 + 15, 0);
    expect(states(next.alerting)).toEqual([]);
    await next.alerting.close(START, 'stopped');
  });

  it('a clock that is set back while the agent runs delays no alert and stops no resending', async () => {
    const DAY = 24 * HOUR;
    const { alerting, alertmanager } = await start(DAY);
    await rounds(alerting, DAY, DAY + 45, 2);
    await rounds(alerting, 0, 135, 2);
    expect(alertmanager.sent.map(([, at]) => at)).toEqual([60, 120]);
    await rounds(alerting, -HOUR, -HOUR + 60, 2);
    expect(alertmanager.sent.map(([, at]) => at)).toEqual([60, 120, -HOUR]);
    await alerting.close(START, 'stopped');
  });

  it('an agent that was killed has its state on disk, too', async () => {
    const first = await start();
    await rounds(first.alerting, 0, 90, 2);
    await expect.poll(() => readFileSync(join(folder, FILE), 'utf8')).toContain('"firing"');
    const next = await start(100);
    expect(states(next.alerting)).toEqual(['firing']);
    await Promise.all([first.alerting.close(START, 'stopped'), next.alerting.close(START, 'stopped')]);
  });
});

describe('a state that could not be saved', () => {
  it('is saved with the next evaluation, also if nothing has changed since', async () => {
    let full = true;
    const written: unknown[] = [];
    const alerting = createAlerting({
      thresholds,
      externalLabels: {},
      holdSeconds: 0,
      alertmanagers: [],
      webhooks: [],
      log: { warn: () => undefined },
      saved: undefined,
      startedAt: START,
      save(json) {
        if (full) return Promise.reject(new Error('no space left on device'));
        written.push(json);
        return Promise.resolve();
      },
    });
    await rounds(alerting, 0, 120, 2);
    full = false;
    // The same evaluation, and one more that finds its state saved.
    await alerting.update(families(2), START + 105_000, true);
    await alerting.close(START + 105_000, 'stopped');
    expect(written).toHaveLength(1);
  });
});

describe('a saved state that cannot be used is ignored with a warning', () => {
  const cases: readonly (readonly [what: string, content: string, message: RegExp])[] = [
    ['a torn file', '{"schema":1,"at":17', /ignored.*not valid/],
    [
      'a newer version',
      JSON.stringify({ schema: 3, alerts: 'otherwise' }),
      /ignored.*has schema 3, but this version reads schemas up to 2/,
    ],
    ['something else', JSON.stringify({ schema: 1, at: 0, alerts: [{ name: 3 }] }), /ignored.*not valid/],
  ];
  it.each(cases)('%s', async (_, content, message) => {
    writeFileSync(join(folder, FILE), content);
    const { alerting } = await start();
    expect(states(alerting)).toEqual([]);
    expect(said.join('\n')).toMatch(message);
    await rounds(alerting, 0, 90, 2);
    expect(states(alerting)).toEqual(['firing']);
    await alerting.close(START, 'stopped');
    expect(JSON.parse(readFileSync(join(folder, FILE), 'utf8'))).toMatchObject({ schema: 2 });
  });

  it('a folder that cannot be written to loses only the state for the next run', async () => {
    const { alerting } = await start();
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'a file in its place');
    await rounds(alerting, 0, 90, 2);
    expect(states(alerting)).toEqual(['firing']);
    await alerting.close(START, 'stopped');
    expect(said[0]).toMatch(/alert state cannot be saved/);
  });
});
