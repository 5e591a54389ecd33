import { Body } from '../../src/body.ts';
import { openOneShot } from '../../src/cli/one-shot.ts';
import { loadConfig } from '../../src/config/load.ts';
import { eventsOf, type JournalEvent } from '../../src/report/events.ts';
import type { Scenario } from '../../src/simulated-host/scenarios.ts';
import type { ServedHost } from '../../src/http/deps.ts';
import { createServer } from '../../src/http/server.ts';
import { once } from '../../src/once.ts';
import { createTrends, type Trends } from '../../src/trend/trends.ts';
import type { View } from '../../src/metrics/define.ts';

/** What a demo scenario looks like once it has settled, and what happened until then. */
export interface Settled {
  readonly view: View;
  readonly events: readonly JournalEvent[];
  readonly trends?: Trends;
}

export async function settled(scenario: Scenario): Promise<Settled> {
  const loaded = loadConfig({
    flags: new Map([
      ['source', 'demo'],
      ['demo.scenario', scenario],
    ]),
    environment: {},
  });
  const events: JournalEvent[] = [];
  const trends = createTrends();
  const host = await openOneShot(
    loaded,
    { environment: {}, platform: 'linux', version: '' },
    {
      onView({ tracked, diagnosis }) {
        events.push(...eventsOf(tracked, diagnosis));
        trends.observe(tracked);
      },
    },
  );
  const view = await host.settle();
  await host.close();
  return { view, events, trends };
}

/** What a test shows next is another view, even if it differs in its events only. */
const viewOf = once(({ view }: Settled): View => ({ ...view }));

/** The agent's server over something that a test may change at any time. */
export async function serveView(shown: { now: Settled }, over: Partial<ServedHost> = {}) {
  const app = createServer({
    version: '1.2.3',
    host: {
      simulated: true,
      exposition: () => Promise.resolve(new Body('text/plain', [])),
      view: () => viewOf(shown.now),
      collection: () => shown.now.view.collection,
      events: ({ vm, limit }) =>
        shown.now.events
          .filter(({ names, subject }) => vm === undefined || [names.vm, names.vmId, subject].includes(vm))
          .slice(-limit),
      get trends() {
        return shown.now.trends;
      },
      ...over,
    },
    lifecycleEnabled: false,
    log: { info() {}, warn() {}, error() {} },
  });
  return { app, url: await app.listen({ port: 0, host: '127.0.0.1' }) };
}
