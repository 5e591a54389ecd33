import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { historyFromJson, historyToJson, withTransitions } from '../../src/history/persist.ts';
import { emptyHistory, step } from '../../src/history/step.ts';
import { windows } from '../../src/document/enumerations.ts';
import { trackDocuments } from '../support/build.ts';
import { fixture, later, type LooseDocument, row, source } from '../support/documents.ts';

const START = fixture('set-inventory').takenAt;
const MINUTE = 60_000;
const ID = 'aaaa0002-0000-4000-8000-000000000002';
const WEB_VNIC = 'aaaa0001-0000-4000-8000-000000000001';
const DB = '2222aaaa-0000-4000-8000-000000000002';

const PATHS = {
  vf: { iovUsage: 1, vfDataPathActive: true },
  assigned: { iovUsage: 1, vfDataPathActive: false },
  synthetic: { iovUsage: 0, vfDataPathActive: false },
  unknown: { iovUsage: undefined, vfDataPathActive: undefined },
} as const;
type Path = keyof typeof PATHS;

/** The inventory `minute` minutes after the start, uptimes going on, with the vNIC of VM db on this path. */
function at(minute: number, path: Path, bend: (document: LooseDocument) => void = () => {}): LooseDocument {
  const document = later(fixture('set-inventory'), minute * MINUTE);
  for (const vm of source(document, 'vm').rows.slice(0, 2)) vm['uptimeMs'] = String(3_600_000 + minute * MINUTE);
  Object.assign(row(document, 'vm_network_adapter', 1), PATHS[path]);
  bend(document);
  return document;
}
const minutes = (time: number | undefined) => (time === undefined ? undefined : (time - START) / MINUTE);

/** One document a minute; what is published after each. */
function published(...paths: readonly Path[]) {
  return trackDocuments(paths.map((path, minute) => at(minute, path))).all.map(({ vnics }) => {
    const vnic = vnics.get(ID)!;
    return [vnic.path, minutes(vnic.since), vnic.transitionsTo.vf, vnic.transitionsTo.synthetic];
  });
}

describe('path of a vNIC over time', () => {
  it('is published off the VF when two documents in a row agree, since the first of them', () => {
    expect(published('vf', 'synthetic', 'synthetic', 'vf')).toEqual([
      ['vf', 0, 0, 0],
      ['vf', 0, 0, 1],
      ['synthetic', 1, 0, 1],
      ['vf', 3, 1, 1],
    ]);
  });

  it('is unknown until the second document where nothing was known before', () => {
    expect(published('synthetic', 'synthetic')).toEqual([
      ['unknown', undefined, 0, 0],
      ['synthetic', 0, 0, 0],
    ]);
  });

  it('survives a poll that did not read it; an unknown path is never counted as a change', () => {
    expect(published('vf', 'unknown', 'vf')).toEqual([
      ['vf', 0, 0, 0],
      ['unknown', 0, 0, 0],
      ['vf', 0, 0, 0],
    ]);
    expect(published('vf', 'synthetic', 'unknown', 'synthetic', 'synthetic').map(([path]) => path)).toEqual([
      'vf',
      'vf',
      'unknown',
      'vf',
      'synthetic',
    ]);
  });

  it('counts no path change from an assigned but unused VF to no VF', () => {
    expect(published('assigned', 'assigned', 'synthetic', 'synthetic')).toEqual([
      ['unknown', undefined, 0, 0],
      ['assigned', 0, 0, 0],
      ['assigned', 0, 0, 0],
      ['synthetic', 0, 0, 0],
    ]);
  });

  it('is off the VF when two documents agree on that alone, and keeps the first published path until two agree', () => {
    expect(published('vf', 'synthetic', 'assigned', 'synthetic', 'assigned', 'assigned').map(([path]) => path)).toEqual(
      ['vf', 'vf', 'assigned', 'assigned', 'assigned', 'assigned'],
    );
    expect(published('synthetic', 'synthetic', 'assigned', 'vf').map(([path]) => path)).toEqual([
      'unknown',
      'synthetic',
      'synthetic',
      'vf',
    ]);
  });

  it('does not count rows that were not read again as a second reading', () => {
    const failed = at(1, 'synthetic', (document) => (source(document, 'vm_network_adapter').status = 'failed'));
    const { all } = trackDocuments([at(0, 'synthetic'), failed, at(2, 'synthetic')]);
    expect(all.map(({ vnics }) => vnics.get(ID)?.path)).toEqual(['unknown', 'unknown', 'synthetic']);
  });

  it('starts over for a replaced vNIC and when its VM was restarted', () => {
    const other = 'aaaa0022-0000-4000-8000-000000000022';
    const replaced = at(1, 'vf', (document) => {
      row(document, 'vm_network_adapter', 1)['id'] = `Microsoft:${DB.toUpperCase()}\\${other}`;
    });
    const { tracked } = trackDocuments([at(0, 'vf'), replaced]);
    expect(tracked.vnics.has(ID)).toBe(false);
    expect(tracked.vnics.get(other)).toMatchObject({ path: 'vf', since: START + MINUTE });
    expect(tracked.transitions.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['vnic_seen', other],
      ['vnic_gone', ID],
    ]);

    const restarted = at(1, 'vf', (document) => (row(document, 'vm', 1)['uptimeMs'] = '20000'));
    expect(trackDocuments([at(0, 'vf'), restarted]).tracked.vnics.get(ID)).toMatchObject({
      path: 'vf',
      since: START + MINUTE,
      settling: 'vm_start',
    });
  });

  it('does not modify the history that it is given, and changes nothing on an activity poll', () => {
    const { history, tracked } = trackDocuments([at(0, 'vf')]);
    const before = JSON.stringify(historyToJson(history));
    const again = step(history, tracked.host, START + 15_000);
    expect(again.tracked.transitions).toEqual([]);
    expect(JSON.stringify(historyToJson(history))).toBe(before);
    expect(again.history.vnics).toBe(history.vnics);
  });

  it('reports what changed', () => {
    const down = at(1, 'synthetic', (document) => {
      row(document, 'net_adapter', 0)['interfaceOperationalStatus'] = windows.IfOperStatus.Down;
      row(document, 'vm', 0)['state'] = windows.VMState.Off;
      row(document, 'vm_host', 0)['iovSupport'] = false;
      row(document, 'vm_switch', 0)['iovVirtualFunctionsInUse'] = 32;
    });
    const { tracked } = trackDocuments([at(0, 'vf'), down]);
    expect(tracked.transitions.map(({ kind, before, after }) => [kind, before, after])).toEqual([
      ['host_iov', 'supported', 'not_supported'],
      ['nic_state', 'up', 'down'],
      ['vf_pool', 'available', 'exhausted'],
      ['vm_state', 'running', 'off'],
      ['vnic_path', 'vf', 'synthetic'],
    ]);
  });
});

describe('settling', () => {
  const settling = (documents: readonly LooseDocument[], now?: number) =>
    trackDocuments(documents, { now }).tracked.vnics.get(ID)?.settling;

  it.each([
    ['migrates', windows.VMOperationalStatus.MigratingVirtualMachine],
    ['moves storage, first phase', windows.VMOperationalStatus.StorageMigrationPhaseOne],
    ['moves storage, second phase', windows.VMOperationalStatus.StorageMigrationPhaseTwo],
    ['is a planned VM in migration', windows.VMOperationalStatus.MigratingPlannedVm],
  ])('while its VM %s', (_, code) => {
    const moving = (minute: number) =>
      at(
        minute,
        'synthetic',
        (document) => (row(document, 'vm', 1)['operationalStatus'] = [windows.VMOperationalStatus.Ok, code]),
      );
    expect(settling([moving(0)])).toBe('migration');
    expect(settling([moving(0), moving(1)], START + 30 * MINUTE)).toBe('migration');
    expect(settling([moving(0), at(1, 'synthetic')])).toBeUndefined();
  });

  it('for 5 minutes after its VM started', () => {
    const started = at(0, 'synthetic', (document) => (row(document, 'vm', 1)['uptimeMs'] = '10000'));
    expect(settling([started], START + 289_999)).toBe('vm_start');
    expect(settling([started], START + 290_000)).toBeUndefined();
  });

  it('for 5 minutes after its VM arrived, but not when the agent only just started', () => {
    const before = at(0, 'synthetic', (document) => source(document, 'vm').rows.splice(1, 1));
    expect(settling([before, at(1, 'synthetic')])).toBe('vm_start');
    expect(settling([before, at(1, 'synthetic')], START + 6 * MINUTE)).toBeUndefined();
    expect(settling([at(1, 'synthetic')])).toBeUndefined();
  });

  it('for 5 minutes after a NIC of its vSwitch came up or changed driver', () => {
    const up = at(
      1,
      'synthetic',
      (document) => (row(document, 'net_adapter', 1)['interfaceOperationalStatus'] = windows.IfOperStatus.Up),
    );
    const driver = at(1, 'synthetic', (document) => (row(document, 'net_adapter', 0)['driverVersion'] = '25'));
    expect(settling([at(0, 'synthetic'), up])).toBe('nic_restart');
    expect(settling([at(0, 'synthetic'), driver])).toBe('nic_restart');
    expect(settling([at(0, 'synthetic'), driver], START + 6 * MINUTE)).toBeUndefined();
  });
});

describe('settling after SR-IOV was switched on', () => {
  type Bend = (document: LooseDocument) => unknown;
  const off: Record<string, Bend> = {
    'on the NIC': (document) => (row(document, 'net_adapter_sriov', 0)['enabled'] = false),
    'by a recreated vSwitch': (document) => (row(document, 'vm_switch', 0)['iovEnabled'] = false),
    'in the BIOS': (document) => (row(document, 'vm_host', 0)['iovSupport'] = false),
  };
  it.each(Object.entries(off))('%s: 5 minutes, and none after it was switched off', (_, bend) => {
    const without = (minute: number) => at(minute, 'synthetic', bend);
    const settling = (documents: readonly LooseDocument[], now?: number) =>
      trackDocuments(documents, { now }).tracked.vnics.get(ID)?.settling;
    expect(settling([at(0, 'vf'), without(1)])).toBeUndefined();
    expect(settling([without(0), at(1, 'assigned')])).toBe('nic_restart');
    expect(settling([without(0), at(1, 'assigned')], START + 6 * MINUTE - 1)).toBe('nic_restart');
    expect(settling([without(0), at(1, 'assigned')], START + 6 * MINUTE)).toBeUndefined();
  });
});

describe('CPU sums', () => {
  const WEB = '1111aaaa-0000-4000-8000-000000000001';
  it('are dropped while processors are missing without a restart', () => {
    const less = later(fixture('set-activity'), 15_000);
    source(less, 'counters_virtual_processor').rows.splice(1, 1);
    source(less, 'counters_logical_processor').rows.splice(1, 1);
    const back = later(fixture('set-activity'), 30_000);
    const { all } = trackDocuments([at(0, 'vf'), fixture('set-activity'), less, back]);
    const guest = all.map(({ host }) => host.vms.find(({ id }) => id === WEB)?.cpu?.guestSeconds);
    expect(guest).toEqual([undefined, 15, undefined, 15]);
    expect(all.map(({ host }) => host.cpu.guestSeconds)).toEqual([undefined, 4, undefined, 4]);
  });
});

describe('rates', () => {
  const activity = (minute: number, packets: number) => {
    const document = later(fixture('set-activity'), minute * MINUTE);
    const [its] = source(document, 'counters_virtual_network_adapter').rows;
    Object.assign(Object(its!['values']), { 'Packets Received/sec': String(packets) });
    return document;
  };
  const rates = (...packets: readonly number[]) =>
    trackDocuments([at(0, 'synthetic'), ...packets.map((value, minute) => activity(minute, value))]).tracked.rates;

  it('are means over at least the window, undefined where it is not filled', () => {
    expect(rates(0, 60, 660).vnicReceivePackets(ID, 60)).toBe(10);
    expect(rates(0, 60, 660).vnicReceivePackets(ID, 120)).toBe(5.5);
    expect(rates(0, 60, 660).vnicReceivePackets(ID, 180)).toBeUndefined();
  });

  it('are undefined across a reset and defined again after it', () => {
    expect(rates(600, 0, 600).vnicReceivePackets(ID, 120)).toBeUndefined();
    expect(rates(600, 0, 600).vnicReceivePackets(ID, 60)).toBe(10);
  });

  it('keep a day, and no more than about a hundred frames', () => {
    let history = trackDocuments([at(0, 'synthetic')]).history;
    const { host } = trackDocuments([at(0, 'synthetic'), fixture('set-activity')]).tracked;
    let tracked;
    for (let minute = 0; minute <= 30 * 60; minute++) {
      const takenAt = START + minute * MINUTE;
      const sources = new Map(host.sources);
      sources.set('counters_virtual_network_adapter', { part: 'activity', status: 'ok', fresh: true, takenAt });
      const vnics = host.vnics.map((vnic) =>
        Object.assign({}, vnic, vnic.traffic && { traffic: { receivePackets: minute * 120 } }),
      );
      ({ history, tracked } = step(history, { ...host, sources, vnics }, takenAt));
    }
    expect(tracked?.rates.vnicReceivePackets(ID, 24 * 3600)).toBe(2);
    expect(history.rates.vnics.fine.length + history.rates.vnics.coarse.length).toBeLessThan(120);
  });
});

describe('a history kept across a restart of the agent', () => {
  const saved = (...documents: readonly LooseDocument[]) =>
    JSON.parse(JSON.stringify(historyToJson(trackDocuments(documents).history))) as unknown;

  it('keeps path and since, counts from 0, and does not settle again', () => {
    const { history, error } = historyFromJson(
      saved(at(0, 'vf'), at(1, 'synthetic'), at(2, 'synthetic')),
      START + 3 * MINUTE,
    );
    expect(error).toBeUndefined();
    const { tracked } = trackDocuments([at(3, 'synthetic')], { history });
    expect(tracked.vnics.get(ID)).toMatchObject({
      path: 'synthetic',
      since: START + MINUTE,
      transitionsTo: { vf: 0, synthetic: 0 },
      lastOnVf: START,
    });
    expect(tracked.vnics.get(ID)?.settling).toBeUndefined();
    expect(tracked.transitions).toEqual([]);
  });

  it('adds what the journal recorded after it, if the agent was killed', () => {
    const { history } = historyFromJson(saved(at(0, 'vf')), START + 4 * MINUTE);
    const told = (minute: number, before: string, after: string) =>
      ({ at: START + minute * MINUTE, kind: 'vnic_path', subject: ID, names: { vm: 'db' }, before, after }) as const;
    const { all } = trackDocuments([at(4, 'synthetic'), at(5, 'synthetic')], {
      history: withTransitions(history, [told(-1, 'vf', 'synthetic'), told(2, 'vf', 'synthetic')]),
    });
    expect(
      all.map(({ vnics, transitions }) => [vnics.get(ID)?.path, minutes(vnics.get(ID)?.since), transitions]),
    ).toEqual([
      ['vf', 0, []],
      ['synthetic', 2, []],
    ]);
    const back = withTransitions(history, [told(2, 'vf', 'synthetic'), told(3, 'synthetic', 'vf')]);
    expect(trackDocuments([at(4, 'vf')], { history: back }).tracked.vnics.get(ID)).toMatchObject({
      path: 'vf',
      since: START + 3 * MINUTE,
    });
    expect(withTransitions(emptyHistory(), [told(2, 'vf', 'synthetic')])).toEqual(emptyHistory());
  });

  it('continues to settle', () => {
    const before = at(0, 'synthetic', (document) => source(document, 'vm').rows.splice(1, 1));
    const { history } = historyFromJson(saved(before, at(1, 'synthetic')), START + 2 * MINUTE);
    expect(trackDocuments([at(2, 'synthetic')], { history }).tracked.vnics.get(ID)?.settling).toBe('vm_start');
  });

  it('reads what each version of the agent saved', () => {
    const folder = join(import.meta.dirname, '../fixtures/history');
    const kept = readdirSync(folder).filter((name) => name.endsWith('.json'));
    const current = z.object({ schema: z.number() }).parse(historyToJson(emptyHistory())).schema;
    expect(kept.sort()).toEqual(Array.from({ length: current }, (_, index) => `schema-${index + 1}.json`));
    for (const name of kept) {
      const { history, error } = historyFromJson(JSON.parse(readFileSync(join(folder, name), 'utf8')), START);
      expect([name, error]).toEqual([name, undefined]);
      const { tracked } = trackDocuments([at(0, 'synthetic')], { history });
      expect(tracked.vnics.get(ID)).toMatchObject({ since: START - 3_600_000, lastOnVf: undefined });
      expect(tracked.vnics.get(WEB_VNIC)).toMatchObject({ path: 'vf', since: START - 1_800_000, settling: 'vm_start' });
    }
  });

  it('refuses a newer schema with a named error and ignores what is older than a day', () => {
    expect(historyFromJson({ schema: 2 }, START)).toEqual({
      history: emptyHistory(),
      error: 'the saved history has schema 2; this agent reads up to schema 1',
    });
    expect(historyFromJson(saved(at(0, 'vf')), START + 25 * 3_600_000)).toEqual({
      history: emptyHistory(),
      error: 'the saved history is older than a day',
    });
  });

  const DAY = 24 * 60;
  it('is kept if the clock was set back before the restart: times ahead count as now, and nothing settles for the time between', () => {
    const arrives = at(DAY, 'vf', (document) => source(document, 'vm').rows.splice(1, 1));
    const { history, error } = historyFromJson(
      saved(arrives, at(DAY + 1, 'vf'), at(DAY + 2, 'synthetic'), at(DAY + 3, 'synthetic')),
      START,
    );
    expect(error).toBeUndefined();
    const { all } = trackDocuments([at(0, 'synthetic'), at(10, 'synthetic')], { history });
    expect(all[0]!.vnics.get(ID)).toMatchObject({ path: 'synthetic', since: START, sinceSeen: false, lastOnVf: START });
    expect(all.map(({ vnics }) => vnics.get(ID)?.settling)).toEqual(['vm_start', undefined]);
    expect(all.flatMap(({ transitions }) => transitions)).toEqual([]);
  });

  it('goes on likewise if the clock is set back while the agent runs', () => {
    const { all } = trackDocuments([
      at(DAY, 'vf'),
      at(DAY + 1, 'synthetic'),
      at(DAY + 2, 'synthetic'),
      at(0, 'synthetic'),
      at(1, 'vf'),
    ]);
    expect(all.map(({ vnics }) => [vnics.get(ID)?.path, minutes(vnics.get(ID)?.since)])).toEqual([
      ['vf', DAY],
      ['vf', DAY],
      ['synthetic', DAY + 1],
      ['synthetic', 0],
      ['vf', 1],
    ]);
    expect(all.at(-1)!.vnics.get(ID)?.transitionsTo).toEqual({ vf: 1, synthetic: 1 });
  });

  it.each([null, 'x', [], {}, { schema: 1 }, { schema: 'one' }])(
    'reads %j as an empty history and reports it',
    (garbage) => {
      expect(historyFromJson(garbage, START)).toEqual({
        history: emptyHistory(),
        error: 'the saved history is damaged',
      });
    },
  );

  it('drops only the invalid entry', () => {
    const whole = historyToJson(trackDocuments([at(0, 'vf')]).history);
    const bad = [
      { id: '', path: 'vf', since: 1 },
      { id: 'x', path: 'up', since: 1 },
      { id: 'y', path: 'vf', since: START * 2 },
      { id: 'z', path: 'vf', since: 1, lastOnVf: 8.7e15 },
    ];
    const good = { id: ID, path: 'vf', since: START };
    const { history } = historyFromJson(Object.assign({}, whole, { vnics: [...bad, good] }), START + MINUTE);
    expect([...history.vnics.keys()]).toEqual([ID]);
  });
});
