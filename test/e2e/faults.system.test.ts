import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processesWith } from '../support/processes.ts';
import { type Exporter, startExporter } from '../support/servers/exporter.ts';
import { until } from '../support/servers/until.ts';

/*
 * What an operator sees of faults, on the built program over fake shells that fail on demand: a metric, one line of the
 * log when it begins and one when it ends (docs/reliability.md).
 */
const shell = join(import.meta.dirname, '../support/fake-shell.mjs');
const documents = join(import.meta.dirname, '../support/fake-documents.mjs');

describe.skipIf(process.platform !== 'linux')('an agent whose surroundings fail', () => {
  const root = mkdtempSync(join(tmpdir(), 'faults '));
  const control = join(root, 'control.json');
  let exporter: Exporter;
  let told: object;
  const tell = (change: object): void => {
    told = { ...told, ...change };
    writeFileSync(`${control}.new`, JSON.stringify(told));
    renameSync(`${control}.new`, control);
  };
  beforeEach(async () => {
    told = { now: Date.now(), startedAt: Date.now() - 3_600_000, scenario: 'healthy', faults: {} };
    tell({});
    const seconds = ['--poll.activity.interval', '1s', '--poll.inventory.interval', '1s'];
    const source = ['--source', 'powershell', '--powershell.executable', shell];
    exporter = await startExporter([...source, ...seconds, '--storage.path', join(root, 'state')], {
      env: { FAKE_CONTROL: control, FAKE_DOCUMENTS: documents },
    });
    await until('both parts are read', async () => (await good('inventory')) && (await good('activity')));
  });
  afterEach(async () => {
    await exporter.stop();
    rmSync(join(root, 'state'), { recursive: true, force: true });
  });
  afterAll(() => rmSync(root, { recursive: true }));

  const ask = async (path: string): Promise<string> => (await fetch(`${exporter.url}${path}`)).text();
  const value = async (series: string): Promise<number> =>
    Number(
      (await ask('/metrics'))
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')
        .at(-1),
    );
  const good = async (part: string) => (await value(`hyperv_exporter_collector_success{collector="${part}"}`)) === 1;
  interface Line {
    readonly msg: string;
    readonly collector?: string;
    readonly error?: string;
    readonly result?: string;
  }
  /** Lines of the log from here on */
  const lines = (): (() => readonly Line[]) => {
    const from = exporter.log().length;
    return () =>
      exporter
        .log()
        .slice(from)
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Line);
  };

  it('says of each fault of PowerShell what it is, once, and is well again with the next poll', async () => {
    for (const [fault, why] of [
      ['exit-3', /PowerShell \(.*\) ended with exit code 3/],
      ['garbage', /./],
      ['endless', /PowerShell printed more than \d+ bytes for one call and was ended/],
      ['truncated', /The answer should have \d+ bytes and does not end there/],
      ['wrong-checksum', /./],
      ['error-frame', /the host said no/],
    ] as const) {
      const log = lines();
      const before = await value('hyperv_exporter_polls_total{collector="activity",result="failed"}');
      tell({ faults: { activity: fault } });
      await until(`${fault} is seen`, async () => !(await good('activity')), { why: exporter.log });
      expect(await value('hyperv_exporter_polls_total{collector="activity",result="failed"}')).toBeGreaterThan(before);
      expect(await ask('/')).toMatch(
        /<th scope="row">activity<\/th>\s*<td data-label="State"><span class="path fallback">Failed/,
      );
      expect(await good('inventory')).toBe(true);
      tell({ faults: {} });
      await until(`${fault} is over`, async () => await good('activity'), { why: exporter.log });
      await until('its end is logged', () => log().some(({ msg }) => msg === 'polls succeed again'));
      const begun = log().filter(({ msg }) => msg === 'poll failed');
      expect([fault, begun]).toEqual([
        fault,
        [
          expect.objectContaining({
            collector: 'activity',
            result: 'failed',
            error: expect.stringMatching(why) as string,
          }),
        ],
      ]);
    }
  });

  it('without a free file descriptor serves on over the connections that it has, and recovers by itself', async () => {
    const { pid = 0 } = exporter.child;
    const limit = (files: string): void => void execFileSync('prlimit', ['--pid', String(pid), `--nofile=${files}:`]);
    const [, former = ''] = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? [];
    const log = lines();
    /** No further file, and no shell that runs: the numbers that a shell leaves free are taken away too. */
    const exhaust = (): void => {
      const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
      let free = 0;
      while (open.has(free)) free += 1;
      limit(String(free));
      for (const shellId of processesWith(control)) if (shellId !== pid) process.kill(shellId, 'SIGKILL');
    };
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    const status = (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        get(`${exporter.url}/metrics`, { agent: kept }, (answer) =>
          answer.resume().once('end', () => resolve(answer.statusCode)),
        ).once('error', reject);
      });
    expect(await status()).toBe(200);
    await until(
      'polls fail',
      () => {
        exhaust();
        return log().some(
          ({ msg, error }) => msg === 'poll failed' && /no free file descriptor|EMFILE/.test(error ?? ''),
        );
      },
      { why: exporter.log },
    );
    expect(await status()).toBe(200);
    kept.destroy();
    limit(former);
    await until('both parts are read', async () => (await good('inventory')) && (await good('activity')), {
      why: exporter.log,
    });
    expect(exporter.child.exitCode).toBe(null);
  });

  it('whose state folder is removed makes it again', async () => {
    const state = join(root, 'state');
    rmSync(state, { recursive: true });
    tell({ scenario: 'guest-driver-missing' });
    await until('the events are on disk', () => readdirSync(state).includes('journal.jsonl'), { why: exporter.log });
    await until('the lock is there again', () => readdirSync(state).includes('agent.lock'), { why: exporter.log });
  });
});
