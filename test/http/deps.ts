import { byPart } from '../../src/document/document.ts';
import { Body } from '../../src/body.ts';
import { EXPOSITION_TYPE } from '../../src/metrics/exposition.ts';
import type { Finding } from '../../src/diagnosis/model.ts';
import type { HttpDeps, ServedHost } from '../../src/http/deps.ts';
import type { Collection } from '../../src/poll/collection.ts';
import type { View } from '../../src/metrics/define.ts';
import { capacity, part, viewOf } from '../support/hand-made/view.ts';

export const quiet = { info() {}, warn() {}, error() {} };

const NOW = 1_800_000_000_000;
const answered = { tried: true, success: true, polls: { ok: 1, failed: 0, timeout: 0, starting: 0, skipped: 0 } };

export const collection = (over: Partial<Collection['parts']> = {}): Collection => ({
  simulated: false,
  now: NOW,
  parts: {
    ...byPart(() => part(answered)),
    inventory: part({
      ...answered,
      lastSuccess: NOW,
      sources: new Map([
        ['vm', { success: false, available: true, errorsTotal: 1, rowsSkippedTotal: 0, error: 'access denied' }],
      ]),
    }),
    cluster: part({ enabled: false }),
    ...over,
  },
});

export const poolEmpty: Finding = {
  id: 'vf_pool_exhausted',
  severity: 'critical',
  detail: 'All 62 VFs of the NIC are in use',
};

/** Two VMs on one vSwitch: web07 lost its VF, of sql02 nothing is known but its names. */
export const view = (): View =>
  viewOf({
    collection: collection(),
    tracked: {
      now: NOW,
      vnics: new Map([
        ['n1', { path: 'synthetic', since: NOW - 60_000, transitionsTo: { vf: 0, synthetic: 1 }, recentChanges: [] }],
      ]),
    },
    host: {
      takenAt: NOW,
      inventorySequence: 2,
      platform: { name: 'HV01', iovSupported: true },
      nics: [
        { description: 'Intel X520', label: 'Intel X520', isLbfoTeam: false, up: true, vfLimit: 62, vfAllocated: 62 },
      ],
      vswitches: [
        {
          id: 's1',
          name: 'vSwitch',
          iovEnabled: true,
          vfLimit: 62,
          vfInUse: 62,
          identityOnly: false,
          nameShared: false,
        },
      ],
      vnics: [
        {
          id: 'n1',
          name: 'Network Adapter',
          vmId: 'v1',
          vmName: 'web07',
          kind: 'synthetic',
          path: 'synthetic',
          iovWeight: 100,
          vswitchId: 's1',
          vswitchName: 'vSwitch',
          ipAddresses: ['10.0.0.7'],
          identityOnly: false,
        },
        { id: 'n2', name: 'Network Adapter', vmId: 'v2', vmName: 'sql02', path: 'unknown', identityOnly: true },
      ],
    },
    diagnosis: {
      host: [{ id: 'duplicate_mac', severity: 'warning', detail: 'Two vNICs share 00:15:5D:00:00:01' }],
      vnics: new Map([['n1', { reason: poolEmpty, fallback: true, vfRequested: true, findings: [] }]]),
      capacity: {
        nics: new Map([['Intel X520', { vfsLeft: 0, holders: [] }]]),
        vswitches: new Map([
          [
            's1',
            capacity({
              vfsLeft: 0,
              requested: 1,
              waiting: 1,
              usable: 0,
              whatIf: { 1: 0, 2: 0, 4: undefined },
              byPath: { vf: 0, assigned: 0, synthetic: 1, not_requested: 0, unknown: 1 },
            }),
          ],
        ]),
      },
    },
  });

export const EXPOSITION = '# TYPE hyperv_exporter_simulated gauge\nhyperv_exporter_simulated 0\n';

const EXPOSITIONS = {
  text: new Body(EXPOSITION_TYPE.text, [Buffer.from(EXPOSITION)]),
  openmetrics: new Body(EXPOSITION_TYPE.openmetrics, [Buffer.from(`${EXPOSITION}# EOF\n`)]),
};

const servedHost: ServedHost = {
  simulated: false,
  exposition: (kind) => Promise.resolve(EXPOSITIONS[kind]),
  view,
  collection,
};

/** A server of the host above; `host` and the rest changed as the test wants. */
export const deps = ({
  host,
  ...over
}: Partial<Omit<HttpDeps, 'host'>> & { host?: Partial<ServedHost> } = {}): HttpDeps => ({
  version: '1.2.3',
  host: { ...servedHost, ...host },
  lifecycleEnabled: false,
  log: quiet,
  ...over,
});
export type DepsOver = NonNullable<Parameters<typeof deps>[0]>;
