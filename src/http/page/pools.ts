import type { VSwitchCapacity } from '../../diagnosis/model.ts';
import type { Nic, VSwitch } from '../../host/model.ts';
import { type Pool, poolOf } from '../../host/pool.ts';
import type { View } from '../../metrics/define.ts';
import { type VfCandidates, vfCandidates } from '../../report/vf-candidates.ts';
import { html, type Html, name } from './html.ts';
import { link } from './links.ts';
import { bitRate, percent } from './quantity.ts';
import type { ShownTrends } from './trends.ts';

interface NamedPool extends Pool {
  readonly what: string;
  /** Why there is nothing to use, where there is not */
  readonly none?: string | undefined;
}

interface Owner {
  readonly kind: 'vSwitch' | 'NIC';
  readonly name: string;
  readonly pools: readonly NamedPool[];
  readonly note?: string | undefined;
  readonly candidates?: VfCandidates | undefined;
}

/** Candidates named at most */
const CANDIDATES = 3;

/** The pools of each vSwitch and NIC as bars. A pool that offers nothing says why, one that cannot be read is left out. */
export function pools({ tracked, diagnosis }: View, trends?: Pick<ShownTrends, 'vfBytes'>): Html {
  const { host } = tracked;
  const { poolPolicy } = diagnosis.evaluated.facts;
  const named = (what: string, limit: number | undefined, used: number | undefined, none?: string): NamedPool => ({
    what,
    ...poolOf(limit, used, poolPolicy),
    none,
  });
  const owners: readonly Owner[] = [
    ...host.vswitches.map((vswitch): Owner => {
      const vfs = named('VFs', vswitch.vfLimit, vswitch.vfInUse, vswitchWithoutVfs(vswitch));
      return {
        kind: 'vSwitch',
        name: vswitch.name,
        pools: [
          vfs,
          named('Queue pairs', vswitch.queuePairLimit, vswitch.queuePairInUse),
          named('VM queues', vswitch.vmqLimit, vswitch.vmqAllocated),
        ],
        note: vfs.none === undefined ? noteOf(diagnosis.capacity.vswitches.get(vswitch.id)) : undefined,
        candidates:
          vfs.near === true || vfs.exhausted === true ? vfCandidates(tracked, vswitch.id, trends?.vfBytes) : undefined,
      };
    }),
    ...host.nics.map((nic): Owner => ({
      kind: 'NIC',
      name: nic.description,
      pools: [
        named('VFs', nic.vfLimit, nic.vfAllocated, nicWithoutVfs(nic)),
        named('vPorts', nic.vportLimit, nic.vportActive),
      ],
    })),
  ];
  const shown = owners
    .map((owner) => ({ ...owner, pools: owner.pools.filter(isShown) }))
    .filter((owner) => owner.pools.length > 0);
  if (shown.length === 0) return html`<p class="quiet">No pool of this host could be read.</p>`;
  return html`<ul class="pools">
    ${shown.map(
      (owner) =>
        html`<li class="card">
          <h3>${name(owner.name)} <small>${owner.kind}</small></h3>
          <dl>${owner.pools.map(bar)}</dl>
          ${owner.note === undefined ? undefined : html`<p class="quiet">${owner.note}</p>`}
          ${owner.candidates === undefined || owner.candidates.idle.length === 0 ? undefined : givers(owner.candidates)}
        </li>`,
    )}
  </ul>`;
}

const isShown = (pool: NamedPool): boolean => pool.exhausted !== undefined || pool.none !== undefined;

/** Why a vSwitch offers no VFs; undefined where it does, is not external, or is not known. */
function vswitchWithoutVfs({ type, iovEnabled, vfLimit }: VSwitch): string | undefined {
  if (type !== 'external') return undefined;
  if (iovEnabled === false) return 'No VFs offered: SR-IOV is off on this vSwitch';
  return iovEnabled === true && vfLimit === 0 ? 'No VFs offered' : undefined;
}

/** The same of a NIC; one that no vSwitch uses is left out. */
function nicWithoutVfs({ vswitchId, sriovCapable, sriovEnabled, vfLimit }: Nic): string | undefined {
  if (vswitchId === undefined) return undefined;
  if (sriovCapable === false) return 'No VFs offered: this NIC or its driver does not support SR-IOV';
  if (sriovEnabled === false) return 'No VFs offered: SR-IOV is off on this NIC';
  return vfLimit === 0 ? 'No VFs offered: NumVFs is 0' : undefined;
}

/** How many more VFs can be assigned, and how many vNICs wait for one. */
function noteOf(capacity: VSwitchCapacity | undefined): string | undefined {
  if (capacity?.usable === undefined) return undefined;
  const pairs = capacity.queuePairsPerVf === 1 ? '' : ` with ${capacity.queuePairsPerVf} queue pairs each`;
  const waiting = capacity.waiting === 0 ? '' : `; ${capacity.waiting} waiting`;
  const beyond =
    capacity.oversubscribedBy === undefined || capacity.oversubscribedBy === 0
      ? ''
      : `; ${capacity.oversubscribedBy} more vNICs ask for a VF than there are VFs`;
  return `${capacity.usable} more VFs can be assigned${pairs}${waiting}${beyond}.`;
}

/** Who would miss a VF least: by CPU, and by traffic where it is counted. */
const givers = ({ seconds, idle: candidates }: VfCandidates): Html => {
  const span = seconds === 3600 ? 'hour' : `${seconds / 60} min`;
  const counted = candidates.some(({ vfBytes }) => vfBytes !== undefined);
  const rest = candidates.length - CANDIDATES;
  return html`<p class="quiet">
      Best candidates to give up a VF, by ${counted ? 'traffic on the VF and ' : ''}CPU over the last ${span}${counted ? '' : ' (traffic on VFs is not counted on this NIC)'}:
    </p>
    <ul class="candidates">${candidates.slice(0, CANDIDATES).map((one) => html`<li>${one.vmId === undefined ? name(one.vm) : html`<a href="${link.vm(one.vmId)}">${name(one.vm)}</a>`} <small>${name(one.vnic)}: ${one.vfBytes === undefined ? undefined : `${bitRate(one.vfBytes)}, `}CPU ${percent(one.cpuShare)}</small></li>`)}</ul>
    ${rest > 0 ? html`<p class="quiet">${rest} more ${rest === 1 ? 'is' : 'are'} as idle.</p>` : undefined}`;
};

function bar({ what, used = 0, limit = 0, exhausted, near, none }: NamedPool): Html {
  if (none !== undefined) return html`<dt>${what}</dt><dd class="none">${none}</dd>`;
  const share = Math.min(100, Math.round((used / limit) * 100));
  const level = exhausted === true ? 'full' : near === true ? 'near' : 'free';
  return html`<dt>${what}</dt>
    <dd>
      <span><b>${used}</b> of ${limit}</span>
      <svg class="bar ${level}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect class="bar-limit" width="100" height="8"></rect>
        <rect class="bar-used" width="${share}" height="8"></rect>
      </svg>
    </dd>`;
}
