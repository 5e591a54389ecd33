import { writeDocument } from '../../src/simulated-host/documents.ts';
import { makeWorld, type World } from '../../src/simulated-host/world.ts';
import type { Part } from '../../src/document/document.ts';
import { CAPTURE_SCHEMA, type Capture, writeCapture } from '../../src/collect/replay/capture-file.ts';
import { NOON } from './simulated-host.ts';

/** What an administrator, or somebody who wants no good, may call a VM, a vNIC or a vSwitch. */
export const HOSTILE_VMS: Readonly<Record<string, string>> = {
  'app-206': '"><script>document.title="owned"</script>',
  'vdi-215': 'two\r\nlines\t\u001B[31mred\u001B]0;title\u0007\u009B2J',
  'vdi-216': 'abc\u202Egpj.exe\u2066\u200F',
  'vdi-217': 'x'.repeat(255),
  'vdi-218': '👩‍👩‍👧 日本語 é 🦆',
  'app-201': "'; Stop-Computer -Force; # $(whoami) `n",
  'app-202': 'a",b="c\\n\\',
  'app-203': '  &lt;b&gt; %2e%2e/../%00 {{ 7*7 }} ${x}',
  'app-204': '\u05E9\u05DC\u05D5\u05DD \u0645\u0631\u062D\u0628\u0627',
  'app-205': '__proto__',
};
const HOSTILE_OTHERS: Readonly<Record<string, string>> = {
  vSwitch_LAN01: '<img src=x onerror="alert(1)"> & \u202E"v"',
  'Network Adapter': 'Network <Adapter> "\'\u2028#1',
};

/** What a terminal acts on, in a name: escape sequences, a change of direction, line breaks, characters without width; and backticks. */
export const EVIL = '\u001B]0;owned\u0007\u009B2J\u202Egnp\u2066\u200F\u200B\r\nforged `tick` \u2028end';
/** What EVIL is made of and nobody should be shown. Line feeds are allowed, since texts have lines. */
export const ACTED_ON =
  // oxlint-disable-next-line no-control-regex -- that is what they are
  /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u200B\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069\u2028\u2029]/;
const EVIL_NAMES: Readonly<Record<string, string>> = {
  'HV-0': `host ${EVIL}`,
  'hv-0': `host ${EVIL}`,
  'app-201': `vm ${EVIL}`,
  vSwitch_LAN01: `vswitch ${EVIL}`,
  'SLOT 2 Port': `nic ${EVIL}`,
  'Network Adapter': `vnic ${EVIL}`,
};

/** A demo host where every name, and an error of Windows, has EVIL in it. */
export function evilDocument(part: Part, at: number, world: World): unknown {
  const document = renamed(writeDocument(part, at, world), Object.entries(EVIL_NAMES)) as {
    sources: Record<string, { status: string; errors: string[] }>;
  };
  const source = Object.values(document.sources).findLast(({ status }) => status === 'ok');
  if (source !== undefined) Object.assign(source, { status: 'partial', errors: [`Windows said ${EVIL}`] });
  return document;
}

function renamed(value: unknown, names: readonly (readonly [string, string])[]): unknown {
  if (typeof value === 'string') return names.reduce((text, [from, to]) => text.replaceAll(from, to), value);
  if (Array.isArray(value)) return value.map((one) => renamed(one, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, renamed(one, names)]));
}

/** A recording of the demo host with an exhausted pool, whose VMs, vNICs and vSwitches have hostile names. */
export async function writeHostileCapture(file: string): Promise<void> {
  const names = Object.entries({ ...HOSTILE_VMS, ...HOSTILE_OTHERS });
  await writeDocuments(file, (part, at, world) => renamed(writeDocument(part, at, world), names));
}

/** A recording of evilDocument. */
export const writeEvilCapture = (file: string): Promise<void> => writeDocuments(file, evilDocument);

async function writeDocuments(
  file: string,
  documentOf: (part: Part, at: number, world: World) => unknown,
): Promise<void> {
  const world = makeWorld(1, 'vf-pool-exhausted', NOON);
  const documents: Capture['documents'] = [];
  for (const second of [0, 60, 120])
    for (const part of ['inventory', 'activity', 'config'] as const)
      documents.push({
        part,
        offsetMs: second * 1000,
        document: documentOf(part, NOON + second * 1000, world),
      });
  await writeCapture(file, () =>
    Promise.resolve({ schema: CAPTURE_SCHEMA, agent: '0.1.0', startedAt: NOON, documents }),
  );
}
