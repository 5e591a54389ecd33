import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../src/document/parse.ts';
import { emptyHistory, step } from '../../src/history/step.ts';
import type { TrackedHost, Transition } from '../../src/history/model.ts';
import { buildHost } from '../../src/host/build.ts';
import { createStore } from '../../src/poll/store.ts';
import { fixture, later, type LooseDocument, source } from '../support/documents.ts';

const MINUTE = 60_000;
const START = fixture('set-inventory').takenAt;
const DB = '2222aaaa-0000-4000-8000-000000000002';
const ID = 'aaaa0002-0000-4000-8000-000000000002';

/** Documents a minute apart, through the poller's store and the history: what is known after each. */
function follow(bends: readonly ((document: LooseDocument) => void)[]): readonly TrackedHost[] {
  let monotonic = 0;
  const store = createStore({
    clock: { now: () => START + monotonic, monotonic: () => monotonic },
    intervals: { inventory: MINUTE },
  });
  let history = emptyHistory();
  return bends.map((bend, minute) => {
    monotonic = minute * MINUTE;
    const document = later(fixture('set-inventory'), monotonic);
    for (const vm of source(document, 'vm').rows.slice(0, 2)) vm['uptimeMs'] = String(3_600_000 + monotonic);
    bend(document);
    store.record('inventory', { result: 'ok', durationMs: 1000, document: parseDocument(document) });
    const stepped = step(history, buildHost(store.snapshot()), START + monotonic);
    history = stepped.history;
    return stepped.tracked;
  });
}

const whole = () => {};
/** Neither Get-VM nor Get-VMNetworkAdapter could read VM db. */
const without = (status: 'partial' | 'ok') => (document: LooseDocument) => {
  for (const name of ['vm', 'vm_network_adapter']) {
    const its = source(document, name);
    its.rows = its.rows.filter((row) => row['id'] !== DB && !String(row['id']).includes(DB.toUpperCase()));
    Object.assign(its, { status, errors: status === 'partial' ? ['db is busy'] : [] });
  }
};
const seen = ({ host, vnics }: TrackedHost) => {
  const vm = host.vms.find(({ id }) => id === DB);
  const vnic = host.vnics.find(({ id }) => id === ID);
  return [vm?.identityOnly, vm?.state, vnic?.vmName, vnic?.path, vnics.get(ID)?.path, vnics.get(ID)?.since];
};
const gone = ({ transitions }: TrackedHost) =>
  transitions.filter(({ kind }: Transition) => kind === 'vnic_gone').length;
const GONE = [undefined, undefined, undefined, undefined, undefined, undefined];

describe('a VM that partial documents do not show', () => {
  it('stays for three polls with its name only, and has its path and since again when it is read again', () => {
    const partial = without('partial');
    const all = follow([whole, whole, partial, partial, partial, whole]);
    const known = [false, 'running', 'db', 'synthetic', 'synthetic', START];
    const held = [true, undefined, 'db', 'unknown', 'unknown', START];
    expect(all.slice(1).map(seen)).toEqual([known, held, held, held, known]);
    expect(all.map(gone)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('disappears after that, but counts as deleted only when a complete document lacks it', () => {
    const partial = without('partial');
    const all = follow([whole, whole, partial, partial, partial, partial, without('ok')]);
    expect(all.slice(5).map(seen)).toEqual([GONE, GONE]);
    expect(all.map(gone)).toEqual([0, 0, 0, 0, 0, 0, 2]);
  });

  it('is gone at once when a complete document lacks it', () => {
    const all = follow([whole, without('ok')]);
    expect(seen(all[1]!)).toEqual(GONE);
    expect(gone(all[1]!)).toBe(2);
  });
});
