import { readFileSync } from 'node:fs';
import type { Part } from '../../src/document/document.ts';
import { writeDocument } from '../../src/simulated-host/documents.ts';
import type { Scenario } from '../../src/simulated-host/scenarios.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';

/** What the soak test tells its shells, in the file that FAKE_CONTROL names. */
export interface Control {
  /** The host's wall clock, Unix milliseconds */
  readonly now: number;
  readonly scenario: Scenario;
  /** When the scenario began, Unix milliseconds */
  readonly startedAt: number;
  /** What goes wrong with a request for a part; names of test/support/fake-shell.mjs */
  readonly faults: Readonly<Partial<Record<Part, string>>>;
  /** When a slow shell answers, Unix milliseconds of the host's wall clock */
  readonly slowUntil?: number;
}

const worlds = new Map<string, ReturnType<typeof makeWorld>>();

/** The document of a part at this moment: what the fake shell answers. */
export function documentOf(part: Part): unknown {
  const { now, scenario, startedAt } = JSON.parse(readFileSync(process.env['FAKE_CONTROL'] ?? '', 'utf8')) as Control;
  const key = `${scenario} ${startedAt}`;
  const world = worlds.get(key) ?? makeWorld(1, scenario, startedAt);
  worlds.clear();
  worlds.set(key, world);
  return writeDocument(part, now, world);
}
