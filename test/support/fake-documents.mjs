// The documents of a simulated host, for the fake shell (FAKE_DOCUMENTS). FAKE_CONTROL names a file with the scenario and
// when it began.
import { readFileSync } from 'node:fs';
import { writeDocument } from '../../dist/simulated-host/documents.js';
import { makeWorld } from '../../dist/simulated-host/world.js';

let last;
export function documentOf(part) {
  const { scenario, startedAt } = JSON.parse(readFileSync(process.env.FAKE_CONTROL, 'utf8'));
  if (last?.scenario !== scenario) last = { scenario, world: makeWorld(1, scenario, startedAt) };
  return writeDocument(part, Date.now(), last.world);
}
