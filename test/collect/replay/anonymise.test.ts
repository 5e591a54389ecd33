import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeDocument } from '../../../src/simulated-host/documents.ts';
import { SETTLE_SECONDS, type Scenario } from '../../../src/simulated-host/scenarios.ts';
import { makeWorld } from '../../../src/simulated-host/world.ts';
import { anonymise } from '../../../src/collect/replay/anonymise.ts';
import type { Capture } from '../../../src/collect/replay/capture-file.ts';
import { Pseudonyms } from '../../../src/collect/replay/pseudonyms.ts';
import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import { REASON_FRAGMENTS } from '../../../src/diagnosis/reasons/host.ts';
import { collectFamilies } from '../../../src/metrics/families.ts';
import { disguise, type Originals, texts } from '../../support/disguise.ts';
import type { LooseDocument } from '../../support/documents.ts';
import { seriesOf, viewsOf } from '../../support/pipeline.ts';

// Each test starts the program or judges whole hosts: slow on a busy machine.
const START = Date.UTC(2026, 0, 5, 8);
const KEY = new Uint8Array(32).fill(7);

/** A scenario's host once settled: all parts, and inventory and activity again a minute later. */
function recorded(scenario: Scenario): readonly LooseDocument[] {
  const world = makeWorld(1, scenario, START);
  const at = START + SETTLE_SECONDS[scenario] * 1000;
  return (['inventory', 'activity', 'config', 'cluster', 'inventory', 'activity'] as const).map(
    (part, i) => writeDocument(part, at + (i < 4 ? 0 : 60_000), world) as LooseDocument,
  );
}

const captureOf = (documents: readonly unknown[]): Capture => ({
  schema: 1,
  agent: '0.1.0',
  startedAt: START,
  documents: documents.map((document, i) => ({
    part: (document as LooseDocument).part as 'inventory',
    offsetMs: i,
    document,
  })),
});
const anonymous = (documents: readonly unknown[], key = KEY) => anonymise(captureOf(documents), key, REASON_FRAGMENTS);
const documentsOf = (capture: Capture) => capture.documents.map(({ document }) => document);

/** Whatever is left of a host in a capture. */
function leaks(capture: Capture, { names, guids, macs, ips }: Originals): string[] {
  const all = [...texts(capture)].map(([text]) => text).join('\u0001');
  const lower = all.toLowerCase();
  const digits = lower.replaceAll(/[-:._ {}()]/g, '');
  const words = new Set(lower.split(/[^0-9a-f.:]+/));
  return [
    ...[...names].filter((name) => lower.includes(name.toLowerCase()) || all.includes(name.toUpperCase())),
    ...[...guids, ...macs].filter((hex) => digits.includes(hex)),
    ...[...ips].filter((ip) => words.has(ip)),
  ];
}

/** Which pseudonym stands for which original, told by walking both captures; fails where one stands for two. */
function renaming(originals: readonly unknown[], made: readonly unknown[]): (text: string) => string {
  const back = new Map<string, string>();
  const pair = (from: string, to: string) => {
    if (from === to) return;
    expect(back.get(to) ?? from, `two originals for ${to}`).toBe(from);
    back.set(to, from);
  };
  const HEX = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
  const MAC = /^(?:[0-9a-f]{2}[-:]?){5}[0-9a-f]{2}$/i;
  const mac = (text: string) =>
    text
      .replaceAll(/[-:]/g, '')
      .replaceAll(/..(?!$)/g, '$&:')
      .toUpperCase();
  const [before, after] = [[...texts(originals)], [...texts(made)]];
  expect(after.length).toBe(before.length);
  for (const [i, [from, path]] of before.entries()) {
    const [to] = after[i]!;
    if (path.includes('errors') || path.includes('iovSupportReasons')) continue;
    const [guidsFrom, guidsTo] = [from.match(HEX) ?? [], to.match(HEX) ?? []];
    if (MAC.test(from)) pair(mac(from), mac(to));
    else if (guidsFrom.length === 0) pair(from, to);
    else for (const [j, guid] of guidsFrom.entries()) pair(guid.toLowerCase(), guidsTo[j]!.toLowerCase());
  }
  return (text) =>
    back.get(text) ??
    back.get(text.toLowerCase()) ??
    text.replaceAll(HEX, (guid) => back.get(guid.toLowerCase()) ?? guid).replace(MAC, (one) => back.get(one) ?? one);
}

/** Every series of every document's view, its label values changed. */
function seriesAfter(documents: readonly unknown[], rename: (text: string) => string): Map<string, number> {
  const view = viewsOf(documents, (tracked) => diagnose(tracked, () => true)).at(-1)!;
  const families = collectFamilies(view).map((family) => ({
    ...family,
    samples: family.samples.map(({ shared, labels, value }) => ({
      value,
      labels: Object.fromEntries(
        Object.entries({ ...shared, ...labels }).map(([name, text]) => [name, name === 'adapter' ? '' : rename(text)]),
      ),
    })),
  }));
  return seriesOf(families);
}

/** Names as people may give them: at least five characters, no two alike but for case. */
const names = fc
  .uniqueArray(
    fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 5, maxLength: 20 }),
      fc.constantFrom(
        'Web (prod) [1]',
        "bob's VM",
        'a_b_c_d',
        'srv:Hv VP 1',
        'C:\\vm\\one',
        '東京データベース',
        'straße-büro',
        '.*+?^${}',
        'Ethernet',
        'SR-IOV BIOS',
        'web--01',
        'network',
        '"quoted"',
        '10.0.0.1 (old)',
        '\u0130\uf900stanbul',
      ),
    ),
    { minLength: 6, maxLength: 12, selector: (name) => name.toLowerCase() },
  )
  .map((list) => list.map((name) => `${name.replaceAll('\n', ' ')}~q7`));

describe('an anonymised capture', () => {
  const SCENARIOS: readonly Scenario[] = ['vf-pool-exhausted', 'cluster', 'live-migration', 'host-blocked'];
  const hosts = new Map(SCENARIOS.map((scenario) => [scenario, recorded(scenario)]));

  it('holds no original name, GUID, MAC or IP address, and says the same of the host', () => {
    let seen = 0;
    fc.assert(
      fc.property(fc.constantFrom(...SCENARIOS), names, fc.infiniteStream(fc.nat()), (scenario, given, numbers) => {
        const { documents, originals } = disguise(
          hosts.get(scenario)!,
          given,
          (choices) => numbers.next().value! % Math.max(1, choices),
        );
        const { capture } = anonymous(documents);
        seen += originals.names.size + originals.guids.size + originals.macs.size + originals.ips.size;
        expect(leaks(captureOf(documents), originals).length).toBeGreaterThan(100);
        expect(leaks(capture, originals)).toEqual([]);

        const made = documentsOf(capture);
        const rename = renaming(documents, made);
        const before = seriesAfter(documents, (text) => text);
        expect(before.size).toBeGreaterThan(1000);
        expect(seriesAfter(made, rename)).toEqual(before);
      }),
      { numRuns: 6, endOnFailure: true },
    );
    expect(seen).toBeGreaterThan(1000);
  });

  it('replaces a name the same way in every capture with the same key, and differently with another key', () => {
    const namesOf = (key: typeof KEY, ...documents: readonly unknown[]) =>
      documentsOf(anonymous(documents, key).capture).flatMap((document) =>
        ((document as LooseDocument).sources['vm']?.rows ?? []).map(({ id, name }) => `${String(id)} ${String(name)}`),
      );
    const [first, , , , later] = hosts.get('cluster')!;
    const other = new Uint8Array(32).fill(8);
    expect(new Set(namesOf(KEY, first)).size).toBeGreaterThan(20);
    expect(namesOf(KEY, later)).toEqual(namesOf(KEY, first, later).slice(namesOf(KEY, first).length));
    expect(namesOf(KEY, first).filter((name) => namesOf(other, first).includes(name))).toEqual([]);
  });

  it('finds the name of a host in its original spelling', () => {
    // U+0130 becomes two characters in lower case; U+F900 becomes another one where those are put together again.
    const host = '\u0130\uf900-server';
    const vmHost = { status: 'ok', takenAt: START, rows: [{ name: host }], errors: [`${host} is busy`] };
    const { capture } = anonymous([{ schema: 1, part: 'inventory', takenAt: START, sources: { vm_host: vmHost } }]);
    const { rows, errors } = (documentsOf(capture)[0] as LooseDocument).sources['vm_host']!;
    expect(errors).toEqual([`${String(rows[0]!['name'])} is busy`]);
  });

  it('removes names from messages even if no row has them, and keeps the words of Windows', () => {
    const said = (message: string) => {
      const errors = [message];
      const vm = { status: 'failed', takenAt: START, rows: [{ id: 'x', name: 'sql' }], errors };
      const { capture } = anonymous([{ schema: 1, part: 'inventory', takenAt: START, sources: { vm } }]);
      return (documentsOf(capture)[0] as LooseDocument).sources['vm']!.errors![0]!.replaceAll(
        /\b(vm|name)-\w{10}/g,
        '<$1>',
      );
    };
    expect(said("The virtual machine 'secret 1' can't be read, it doesn't answer")).toBe(
      "The virtual machine '<name>' can't be read, it doesn't answer",
    );
    expect(said('„geheim“ «secret» “hidden” fileserver.corp.example CORP\\jane \\\\nas\\share')).toBe(
      '„<name>“ «<name>» “<name>” <name> <name> <name>',
    );
    expect(said('SQL and sqlite, sql.')).toBe('<vm> and sqlite, <vm>.');
    const ofWindows =
      "The term 'Get-VMHost' is not recognized. (0x80041010) System.Management.Automation.RemoteException in root\\virtualization\\v2 of vmms.exe, version 10.0.26100.1";
    expect(said(ofWindows)).toBe(ofWindows);
  });

  it('keeps the meaning of a MAC address and its notation', () => {
    const pseudonyms = new Pseudonyms(KEY);
    const made = ['00155DFF0001', '00-15-5d-ff-00-01', '01:00:5E:00:00:FB', '02-BF-0A-00-00-01', '000000000000'].map(
      (mac) => pseudonyms.mac(mac),
    );
    expect(made).toEqual([
      expect.stringMatching(/^06[0-9A-F]{10}$/),
      expect.stringMatching(/^06(?:-[0-9a-f]{2}){5}$/),
      expect.stringMatching(/^07(?::[0-9A-F]{2}){5}$/),
      expect.stringMatching(/^02-BF(?:-[0-9A-F]{2}){4}$/),
      '000000000000',
    ]);
    expect(made[1]!.replaceAll('-', '').toUpperCase()).toBe(made[0]);
  });

  it('leaves out what this agent does not know, and reports it', () => {
    const vm = { status: 'ok', takenAt: START, rows: [{ id: 'x', name: 'a', notes: 'secret' }, 'secret'], secret: 1 };
    const { capture, dropped } = anonymous([
      {
        schema: 1,
        part: 'inventory',
        takenAt: START,
        module: 'C:\\Users\\jane',
        secret: 1,
        sources: { vm, secret: vm },
      },
      { secret: 1 },
    ]);
    expect(JSON.stringify(capture)).not.toMatch(/secret|jane/);
    expect(capture.documents).toHaveLength(1);
    expect([...dropped.keys()]).toEqual(['inventory.vm.?', 'inventory.?', 'document']);
  });

  it("keeps hardware, counters and Windows' reasons as they are", () => {
    const kept = JSON.stringify(anonymous(hosts.get('host-blocked')!).capture);
    const original = JSON.stringify(hosts.get('host-blocked'));
    for (const text of ['X520', 'Dell Inc.', 'I/O virtualization', '% Guest Run Time', 'ixn65x64.sys'].filter((one) =>
      original.includes(one),
    ))
      expect(kept).toContain(text);
  });
});

describe('an instance of the port of a NIC or team', () => {
  const instanceOf = (instance: string): string => {
    const [inventory] = recorded('healthy');
    inventory!.sources['vnic_instance']!.rows.push({ instance });
    const [document] = documentsOf(anonymous([inventory]).capture) as LooseDocument[];
    return String(document!.sources['vnic_instance']!.rows.at(-1)!['instance']);
  };
  it.each([
    [
      'Finance Switch___DEVICE_{0F2B5C1E-3B5D-4A55-9F0B-6A7B8C9D0E1F}',
      /^name-[0-9a-f]{10}___DEVICE_\{[0-9A-F-]{36}\}$/,
      '0F2B5C1E',
    ],
    ['Finance Team__TEAMNIC', /^name-[0-9a-f]{10}__TEAMNIC$/, 'Finance'],
    ['Finance Team__TEAMNIC of Bob', /^name-[0-9a-f]{10}__TEAMNICname-[0-9a-f]{10}$/, 'Bob'],
  ])('%s keeps its mark and nothing that names the host', (instance, form, secret) => {
    const made = instanceOf(instance);
    expect(made).toMatch(form);
    expect(made).not.toContain('Finance');
    expect(made).not.toContain(secret);
  });
});

describe('entries of the event log', () => {
  it('keep their numbers and joins, and lose names, including those of deleted VMs', () => {
    const documents = recorded('vmq-starved');
    const world = makeWorld(1, 'vmq-starved', START);
    const log = writeDocument('eventlog', START + SETTLE_SECONDS['vmq-starved'] * 1000, world) as LooseDocument;
    const rows = log.sources['vmswitch_event']!.rows;
    expect(rows.length).toBeGreaterThan(3);
    rows.push({
      ...rows[0],
      recordId: 1,
      values: ['AAAA0000-0000-4000-8000-00000000000A--BBBB0000-0000-4000-8000-00000000000B', 'Payroll of Bob', '7', ''],
      message: 'Payroll of Bob hat keine Warteschlange bekommen.',
    });
    const made = documentsOf(anonymous([...documents, log]).capture) as LooseDocument[];
    const text = JSON.stringify(made.at(-1));
    expect(text).not.toMatch(/Payroll|Bob|AAAA0000|BBBB0000/i);
    const last = made.at(-1)!.sources['vmswitch_event']!.rows.at(-1)!;
    expect(last).toMatchObject({
      recordId: 1,
      id: 113,
      values: [expect.stringMatching(/^[0-9A-F-]{36}--[0-9A-F-]{36}$/), expect.stringMatching(/^name-/), '7', ''],
      message: expect.stringMatching(/^name-\w+ hat keine Warteschlange bekommen\.$/),
    });
    const refused = (all: readonly unknown[]) =>
      viewsOf(all as LooseDocument[])
        .at(-1)!
        .tracked.host.logEntries!.filter(({ vnicId }) => vnicId !== undefined).length;
    expect(refused(made)).toBe(refused([...documents, log]));
    expect(refused(made)).toBeGreaterThan(3);
  });
});
