import { writeDocument } from '../../src/simulated-host/documents.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
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

function renamed(value: unknown, names: readonly (readonly [string, string])[]): unknown {
  if (typeof value === 'string') return names.reduce((text, [from, to]) => text.replaceAll(from, to), value);
  if (Array.isArray(value)) return value.map((one) => renamed(one, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, renamed(one, names)]));
}

/** A recording of the demo host with an exhausted pool, whose VMs, vNICs and vSwitches have hostile names. */
export async function writeHostileCapture(file: string): Promise<void> {
  const world = makeWorld(1, 'vf-pool-exhausted', NOON);
  const names = Object.entries({ ...HOSTILE_VMS, ...HOSTILE_OTHERS });
  const documents: Capture['documents'] = [];
  for (const second of [0, 60, 120])
    for (const part of ['inventory', 'activity', 'config'] as const)
      documents.push({
        part,
        offsetMs: second * 1000,
        document: renamed(writeDocument(part, NOON + second * 1000, world), names),
      });
  await writeCapture(file, () =>
    Promise.resolve({ schema: CAPTURE_SCHEMA, agent: '0.1.0', startedAt: NOON, documents }),
  );
}
