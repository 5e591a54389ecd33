import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import { CAPTURE_SCHEMA } from '../../src/collect/replay/capture-file.ts';
import { PARTS } from '../../src/document/document.ts';
import { writeDocument } from '../../src/simulated-host/documents.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { startAlertmanager } from '../../test/support/servers/alertmanager.ts';
import { freePort } from '../../test/support/servers/port.ts';
import { type Program, startProgram } from '../../test/support/servers/program.ts';
import { startReceiver } from '../../test/support/servers/receiver.ts';
import { until } from '../../test/support/servers/until.ts';
import { Random } from '../fuzz/random.ts';

const STARTED = Date.UTC(2026, 4, 4, 12);
/** Seconds of the recording in which the VM is on its VF; then it has lost it */
const ON_VF = 4;
const LENGTH = 12;
const ALERT = 'SriovVfFallback';

/** A document as if read so many milliseconds later. */
const movedBy = (document: unknown, ms: number): unknown =>
  JSON.parse(JSON.stringify(document), (key, value: unknown) =>
    key === 'takenAt' && typeof value === 'number' ? value + ms : value,
  );

/** A recording in which a VM loses its VF and does not get it back, a second a poll. */
function recording(): Buffer {
  const world = makeWorld(1, 'flapping', STARTED);
  const documents = Array.from({ length: LENGTH }, (_, second) => {
    const at = STARTED + (second < ON_VF ? 100_000 : 250_000);
    return PARTS.filter((part) => second === 0 || part === 'inventory').map((part) => ({
      part,
      offsetMs: second * 1000,
      document: movedBy(writeDocument(part, at, world), STARTED + second * 1000 - at),
    }));
  }).flat();
  return gzipSync(JSON.stringify({ schema: CAPTURE_SCHEMA, agent: 'soak', startedAt: STARTED, documents }));
}

interface Notification {
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

/**
 * The built program, killed with SIGKILL again and again while it writes its journal and pushes an alert to a real
 * Alertmanager: an event that was shown stays, and the alert pages once.
 * @returns what did not hold
 */
export async function kills(quick: boolean): Promise<readonly string[]> {
  const rounds = quick ? 6 : 24;
  const random = new Random('kills');
  const folder = mkdtempSync(join(tmpdir(), 'kills-'));
  const pager = await startReceiver();
  const alertmanager = await startAlertmanager({
    route: { receiver: 'pager', group_by: ['...'], group_wait: '0s', group_interval: '1s', repeat_interval: '24h' },
    receivers: [{ name: 'pager', webhook_configs: [{ url: pager.url, send_resolved: true }] }],
  });
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const config = file(
    'config.yaml',
    stringify({
      source: 'replay',
      replay: { file: file('recording.json.gz', recording()) },
      poll: { inventory: { interval: '1s' }, activity: { interval: '5s' } },
      storage: { path: join(folder, 'state') },
      alerting: {
        enabled: true,
        thresholds_file: file('thresholds.yaml', stringify({ alerts: { [ALERT]: { for: '1s' } } })),
        external_labels: { instance: 'hv01' },
        alertmanagers: [{ url: alertmanager.url }],
      },
    }),
  );
  const pages = (status: string): number =>
    pager.received
      .flatMap(({ json }) => (json as Notification).alerts)
      .filter((alert) => alert.labels['alertname'] === ALERT && alert.status === status).length;

  const shown = new Set<string>();
  let port = 0;
  const start = async (): Promise<Program> => {
    port = await freePort();
    const main = join(process.cwd(), 'dist', 'main.js');
    const listen = ['--web.listen-address', `127.0.0.1:${port}`];
    const program = startProgram(process.execPath, [main, 'serve', '--config.file', config, ...listen]);
    await until('the exporter is ready', async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok, {
      why: program.log,
    });
    return program;
  };
  const events = async (): Promise<readonly string[]> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/events?limit=10000`);
    return ((await answer.json()) as { events: unknown[] }).events.map((event) => JSON.stringify(event));
  };

  const failures: string[] = [];
  let program: Program | undefined;
  try {
    program = await start();
    await until('the alert has paged', () => pages('firing') > 0, { why: program.log });
    for (let round = 1; round <= rounds; round += 1) {
      const moment = Date.now() + 200 + random.below(round % 2 === 0 ? 1500 : 8000);
      while (Date.now() < moment) {
        for (const event of await events()) shown.add(event);
        await sleep(20);
      }
      await program.stop();
      program = await start();
      const now = new Set(await events());
      const missing = [...shown].filter((event) => !now.has(event));
      if (missing.length > 0) failures.push(`round ${round}: ${missing.length} events are gone, ${missing[0]}`);
    }
    await sleep(3000);
    if (shown.size < 2) failures.push(`only ${shown.size} events were seen`);
    if (pages('firing') !== 1) failures.push(`${pages('firing')} pages for one alert`);
    if (pages('resolved') !== 0) failures.push(`${pages('resolved')} times resolved, though the VF is not back`);
    console.log(
      `killed ${rounds} times: ${shown.size} events shown, none gone: ${failures.length === 0}; ${pages('firing')} page, ${pages('resolved')} resolved`,
    );
    return failures;
  } finally {
    await program?.stop();
    await alertmanager.stop();
    await pager.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
