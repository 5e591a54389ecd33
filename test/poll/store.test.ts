import { describe, expect, it } from 'vitest';
import { byPart, type Part } from '../../src/document/document.ts';
import { parseDocument } from '../../src/document/parse.ts';
import type { SourceSnapshot } from '../../src/document/snapshot.ts';
import { createStore } from '../../src/poll/store.ts';
import { windows } from '../../src/document/enumerations.ts';
import { documentOf, HOUR, MINUTE, SECOND, vm } from './fakes.ts';

const NOON = Date.UTC(2026, 4, 4, 12);
const INTERVALS = {
  inventory: MINUTE,
  activity: 15 * SECOND,
  config: 10 * MINUTE,
  cluster: MINUTE,
  eventlog: 5 * MINUTE,
};

/** A store on a clock that stands until told, whose wall clock may jump by itself. */
function stepped(options: { readonly disabled?: ReadonlySet<string> } = {}) {
  let elapsed = 0;
  let jumped = 0;
  const clock = { now: () => NOON + elapsed + jumped, monotonic: () => elapsed };
  const store = createStore({ clock, intervals: INTERVALS, ...options });
  const ids = (rows: readonly unknown[] = []) => rows.map((row) => (row as { id: string }).id);
  return {
    store,
    pass: (ms: number) => void (elapsed += ms),
    jump: (ms: number) => void (jumped += ms),
    land: (part: Part, sources: Parameters<typeof documentOf>[1], durationMs = SECOND): void => {
      const document = parseDocument(documentOf(part, sources, clock.now()));
      store.record(part, { result: 'ok', durationMs, document });
    },
    /** Ids of the VMs whose state is known, and of those of which only the identity is */
    vms: (): { known: string[]; held: string[] } => {
      const its: SourceSnapshot<unknown> | undefined = store.snapshot().inventory.vm;
      return { known: ids(its?.rows), held: ids(its?.heldOver) };
    },
    success: (part: Part, source: string) => store.collection(false).parts[part].sources.get(source)?.success,
  };
}

describe('age', () => {
  it('lets a source expire after three intervals, and keeps the identities of its objects for a day', () => {
    const { store, land, pass, success } = stepped();
    land('activity', { process: { rows: [{ name: 'vmms', id: 1 }] } });
    const rows = () => store.snapshot().activity.process;
    pass(45 * SECOND);
    expect([rows()?.fresh, rows()?.rows.length, success('activity', 'process')]).toEqual([true, 1, true]);
    pass(1);
    expect([rows()?.fresh, rows()?.rows.length, rows()?.heldOver.length]).toEqual([false, 0, 1]);
    expect(success('activity', 'process')).toBe(false);
    pass(24 * HOUR - 45 * SECOND - 1);
    expect(rows()?.heldOver).toHaveLength(1);
    pass(1);
    expect(rows()?.heldOver).toEqual([]);
  });

  it('gives the inventory five minutes at least', () => {
    const { land, pass, vms } = stepped();
    land('inventory', { vm: { rows: [vm('a')] } });
    pass(5 * MINUTE);
    expect(vms()).toEqual({ known: ['a'], held: [] });
    pass(1);
    expect(vms()).toEqual({ known: [], held: ['a'] });
  });

  it('uses intervals that grow with the duration of a poll', () => {
    const { store, land, pass, vms } = stepped();
    land('inventory', { vm: { rows: [vm('a')] } }, 45 * SECOND);
    expect(store.effectiveInterval('inventory')).toBe(3 * MINUTE);
    expect(store.collection(false).parts.inventory.intervalSeconds).toBe(180);
    pass(9 * MINUTE);
    expect(vms().known).toEqual(['a']);
    pass(1);
    expect(vms().known).toEqual([]);
    land('inventory', { vm: { rows: [vm('a')] } }, SECOND);
    expect(store.effectiveInterval('inventory')).toBe(MINUTE);
  });

  it('is not affected by a jump of the wall clock', () => {
    const { land, pass, jump, vms } = stepped();
    land('inventory', { vm: { rows: [vm('a')] } });
    jump(7 * HOUR);
    expect(vms().known).toEqual(['a']);
    pass(5 * MINUTE + 1);
    jump(-14 * HOUR);
    expect(vms().known).toEqual([]);
  });

  it('returns when the next source expires', () => {
    const { store, land, pass } = stepped();
    expect(store.nextExpiry()).toBeUndefined();
    land('inventory', { vm: { rows: [vm('a')] } });
    land('activity', { process: { rows: [] } });
    expect(store.nextExpiry()).toBe(45 * SECOND);
    pass(46 * SECOND);
    expect(store.nextExpiry()).toBe(5 * MINUTE - 46 * SECOND);
    pass(5 * MINUTE);
    expect(store.nextExpiry()).toBe(24 * HOUR - 5 * MINUTE - 46 * SECOND);
    pass(24 * HOUR);
    expect(store.nextExpiry()).toBeUndefined();
  });
});

describe('a source', () => {
  it('forgets what an ok document no longer has', () => {
    const { land, vms } = stepped();
    land('inventory', { vm: { rows: [vm('a'), vm('b')] } });
    land('inventory', { vm: { rows: [vm('a')] } });
    expect(vms()).toEqual({ known: ['a'], held: [] });
  });

  it('keeps an object that partial documents lack for three polls, and not longer', () => {
    const { land, vms } = stepped();
    land('inventory', { vm: { rows: [vm('a'), vm('b')] } });
    for (const poll of [1, 2, 3]) {
      land('inventory', { vm: { status: 'partial', rows: [vm('a')] } });
      expect([poll, vms()]).toEqual([poll, { known: ['a'], held: ['b'] }]);
    }
    land('inventory', { vm: { status: 'partial', rows: [vm('a')] } });
    expect(vms()).toEqual({ known: ['a'], held: [] });
  });

  it('starts counting again for an object seen in between, and forgets it with the first complete document', () => {
    const { land, vms } = stepped();
    const partial = (...ids: string[]) => land('inventory', { vm: { status: 'partial', rows: ids.map(vm) } });
    land('inventory', { vm: { rows: [vm('a'), vm('b')] } });
    partial('a');
    partial('a');
    partial('a', 'b');
    for (let poll = 0; poll < 3; poll += 1) partial('a');
    expect(vms().held).toEqual(['b']);
    land('inventory', { vm: { rows: [vm('a')] } });
    expect(vms()).toEqual({ known: ['a'], held: [] });
  });

  it('that fails keeps its last rows until they expire, and does not affect the others of its document', () => {
    const { store, land, pass, vms, success } = stepped();
    land('inventory', { vm: { rows: [vm('a')] }, vm_switch: { rows: [] } });
    for (let minute = 0; minute < 5; minute += 1) {
      pass(MINUTE);
      land('inventory', { vm: { status: 'failed', errors: ['access denied'] }, vm_switch: { rows: [] } });
    }
    expect([vms().known, success('inventory', 'vm'), success('inventory', 'vm_switch')]).toEqual([['a'], false, true]);
    pass(1);
    expect(vms()).toEqual({ known: [], held: ['a'] });
    expect(store.snapshot().inventory.vm_switch?.fresh).toBe(true);
    const state = store.collection(false).parts.inventory.sources.get('vm');
    expect(state).toMatchObject({ available: true, errorsTotal: 5, error: 'access denied', lastSuccess: NOON });
  });

  it('that this Windows lacks is unavailable, without an error', () => {
    const { store, land } = stepped();
    land('activity', { counters_mellanox_vf: { status: 'unsupported', errors: ['no such counter set'] } });
    expect(store.collection(false).parts.activity.sources.get('counters_mellanox_vf')).toMatchObject({
      success: false,
      available: false,
      errorsTotal: 0,
    });
  });

  it('that never answered has no time of its last success', () => {
    const { store, land } = stepped();
    land('inventory', { vm: { status: 'failed' } });
    const state = store.collection(false).parts.inventory.sources.get('vm');
    expect([state?.lastSuccess, state?.errorsTotal, state?.error]).toEqual([undefined, 1, 'no rows and no error text']);
    expect(store.nextExpiry()).toBeUndefined();
  });

  it('counts unusable rows', () => {
    const { store, land, vms } = stepped();
    land('inventory', { vm: { rows: [vm('a'), { name: 'no id' }, { name: 'nor here' }] } });
    land('inventory', { vm: { rows: [vm('a'), { name: 'no id' }] } });
    expect(store.collection(false).parts.inventory.sources.get('vm')?.rowsSkippedTotal).toBe(3);
    expect(vms().known).toEqual(['a']);
  });

  it('that is switched off is dropped from every document', () => {
    const { store, land, vms } = stepped({ disabled: new Set(['vm']) });
    land('inventory', { vm: { rows: [vm('a')] }, vm_switch: { rows: [] } });
    expect(vms()).toEqual({ known: [], held: [] });
    expect([...store.collection(false).parts.inventory.sources.keys()]).toEqual(['vm_switch']);
  });
});

describe('a part', () => {
  it('that yields no document keeps what it has', () => {
    const { store, land, pass, vms } = stepped();
    land('inventory', { vm: { rows: [vm('a')] } });
    pass(MINUTE);
    store.record('inventory', { result: 'timeout', durationMs: 2 * MINUTE, error: 'no answer within 120 s' });
    const state = store.collection(false).parts.inventory;
    expect([state.success, state.lastSuccess, state.intervalSeconds]).toEqual([false, NOON, 60]);
    expect(vms().known).toEqual(['a']);
    expect(store.snapshot().inventorySequence).toBe(1);
  });

  it('of a host without a cluster is absent', () => {
    const { store, land } = stepped();
    expect(store.collection(false).parts.cluster.enabled).toBe(true);
    land('cluster', { cluster_node: { status: 'unsupported' } });
    expect(store.collection(false).parts.cluster.enabled).toBe(false);
    land('cluster', { cluster_node: { rows: [{ name: 'hv1', state: windows.ClusterNodeState.Up }] } });
    expect(store.collection(false).parts.cluster.enabled).toBe(true);
  });

  it('shows what its reader counts of the work of its PowerShell', () => {
    const { store } = stepped();
    const each = (value: number) => byPart(() => value);
    const stats = {
      calls: each(3),
      restarts: each(1),
      frameBytes: { inventory: 900 },
      childCpuSeconds: { inventory: 1.5 },
      childResidentBytes: {},
    };
    const { parts } = store.collection(true, stats);
    expect(parts.inventory.powershell).toEqual({ calls: 3, restarts: 1, frameBytes: 900, childCpuSeconds: 1.5 });
    expect(parts.activity.powershell).toEqual({ calls: 3, restarts: 1 });
  });
});

describe('entries of the event log', () => {
  const entry = (recordId: number, time: number) => ({ recordId, id: 113, time });
  const log = (rig: ReturnType<typeof stepped>) => {
    const source: SourceSnapshot<unknown> | undefined = rig.store.snapshot().eventlog.vmswitch_event;
    return source?.rows.map((row) => (row as { recordId: number }).recordId);
  };

  it('are kept across documents that contain only new ones, each once, the newest first, for a day', () => {
    const rig = stepped();
    rig.land('eventlog', { vmswitch_event: { rows: [entry(2, NOON - HOUR), entry(1, NOON - 23 * HOUR)] } });
    expect(log(rig)).toEqual([2, 1]);
    rig.pass(5 * MINUTE);
    rig.land('eventlog', { vmswitch_event: { rows: [entry(3, NOON + MINUTE), entry(2, NOON - HOUR)] } });
    expect(log(rig)).toEqual([3, 2, 1]);
    rig.pass(5 * MINUTE);
    rig.land('eventlog', { vmswitch_event: { status: 'failed', rows: [], errors: ['damaged'] } });
    expect(log(rig)).toEqual([3, 2, 1]);
    rig.pass(HOUR);
    rig.land('eventlog', { vmswitch_event: { rows: [] } });
    expect(log(rig)).toEqual([3, 2]);
  });

  it('are at most 200', () => {
    const rig = stepped();
    for (const batch of [0, 1]) {
      const rows = Array.from({ length: 150 }, (_, n) =>
        entry(batch * 150 + n, NOON - HOUR + (batch * 150 + n) * SECOND),
      );
      rig.land('eventlog', { vmswitch_event: { rows } });
    }
    expect(log(rig)).toEqual(Array.from({ length: 200 }, (_, n) => 299 - n));
  });

  it('are dropped if the log may no longer be read, or was not read for three intervals', () => {
    const rig = stepped();
    rig.land('eventlog', { vmswitch_event: { rows: [entry(1, NOON)] } });
    rig.pass(15 * MINUTE + 1);
    expect(log(rig)).toEqual([]);
    rig.land('eventlog', { vmswitch_event: { rows: [] } });
    expect(log(rig)).toEqual([1]);
    rig.land('eventlog', { vmswitch_event: { status: 'unsupported', rows: [], errors: ['denied'] } });
    expect(log(rig)).toEqual([]);
  });
});
