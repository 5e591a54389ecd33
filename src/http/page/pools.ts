import type { VSwitchCapacity } from '../../diagnosis/model.ts';
import { type Pool, poolOf } from '../../host/pool.ts';
import type { View } from '../../metrics/define.ts';
import { html, type Html, name } from './html.ts';

interface NamedPool extends Pool {
  readonly what: string;
}

interface Owner {
  readonly kind: 'vSwitch' | 'NIC';
  readonly name: string;
  readonly pools: readonly NamedPool[];
  readonly note?: string | undefined;
}

/** The pools of each vSwitch and NIC as bars, fullest first. A pool that cannot be read has no bar. */
export function pools({ tracked: { host }, diagnosis }: View): Html {
  const named = (what: string, limit: number | undefined, used: number | undefined): NamedPool => ({
    what,
    ...poolOf(limit, used, diagnosis.evaluated.facts.poolPolicy),
  });
  const owners: readonly Owner[] = [
    ...host.vswitches.map((vswitch): Owner => ({
      kind: 'vSwitch',
      name: vswitch.name,
      pools: [
        named('VFs', vswitch.vfLimit, vswitch.vfInUse),
        named('Queue pairs', vswitch.queuePairLimit, vswitch.queuePairInUse),
        named('VM queues', vswitch.vmqLimit, vswitch.vmqAllocated),
      ],
      note: noteOf(diagnosis.capacity.vswitches.get(vswitch.id)),
    })),
    ...host.nics.map((nic): Owner => ({
      kind: 'NIC',
      name: nic.description,
      pools: [named('VFs', nic.vfLimit, nic.vfAllocated), named('vPorts', nic.vportLimit, nic.vportActive)],
    })),
  ];
  const shown = owners
    .map((owner) => ({ ...owner, pools: owner.pools.filter(isKnown) }))
    .filter((owner) => owner.pools.length > 0);
  if (shown.length === 0) return html`<p class="quiet">No pool of this host could be read.</p>`;
  return html`<ul class="pools">
    ${shown.map(
      (owner) =>
        html`<li class="card">
          <h3>${name(owner.name)} <small>${owner.kind}</small></h3>
          <dl>${owner.pools.map(bar)}</dl>
          ${owner.note === undefined ? undefined : html`<p class="quiet">${owner.note}</p>`}
        </li>`,
    )}
  </ul>`;
}

const isKnown = (pool: Pool): boolean => pool.exhausted !== undefined;

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

function bar({ what, used = 0, limit = 0, exhausted, near }: NamedPool): Html {
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
