import type { VSwitchCapacity } from '../../diagnosis/model.ts';
import type { View } from '../../metrics/define.ts';
import { html, type Html, name } from './html.ts';

interface Pool {
  readonly what: string;
  readonly used: number | undefined;
  readonly limit: number | undefined;
}

interface Owner {
  readonly kind: 'vSwitch' | 'NIC';
  readonly name: string;
  readonly pools: readonly Pool[];
  readonly note?: string | undefined;
}

/** The pools of each vSwitch and NIC as bars, fullest first. One that can not be read has no bar. */
export function pools({ tracked: { host }, diagnosis }: View): Html {
  const owners: readonly Owner[] = [
    ...host.vswitches.map((vswitch): Owner => ({
      kind: 'vSwitch',
      name: vswitch.name,
      pools: [
        { what: 'VFs', used: vswitch.vfInUse, limit: vswitch.vfLimit },
        { what: 'Queue pairs', used: vswitch.queuePairInUse, limit: vswitch.queuePairLimit },
        { what: 'VM queues', used: vswitch.vmqAllocated, limit: vswitch.vmqLimit },
      ],
      note: noteOf(diagnosis.capacity.vswitches.get(vswitch.id)),
    })),
    ...host.nics.map((nic): Owner => ({
      kind: 'NIC',
      name: nic.description,
      pools: [
        { what: 'VFs', used: nic.vfAllocated, limit: nic.vfLimit },
        { what: 'vPorts', used: nic.vportActive, limit: nic.vportLimit },
      ],
    })),
  ];
  const shown = owners
    .map((owner) => ({ ...owner, pools: owner.pools.filter(isKnown) }))
    .filter((owner) => owner.pools.length > 0);
  if (shown.length === 0) return html`<p class="quiet">No pool of this host can be read.</p>`;
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

const isKnown = (pool: Pool): boolean => pool.limit !== undefined && pool.limit > 0 && pool.used !== undefined;

/** What the bars do not say: how many more VFs fit, and who waits for one. */
function noteOf(of: VSwitchCapacity | undefined): string | undefined {
  if (of?.usable === undefined) return undefined;
  const pairs = of.queuePairsPerVf === 1 ? '' : ` with ${of.queuePairsPerVf} queue pairs each`;
  const waiting = of.waiting === 0 ? '' : `; ${of.waiting} waiting`;
  const beyond =
    of.oversubscribedBy === undefined || of.oversubscribedBy === 0
      ? ''
      : `; ${of.oversubscribedBy} more vNICs ask than there are VFs`;
  return `${of.usable} more VFs can be handed out${pairs}${waiting}${beyond}.`;
}

function bar({ what, used = 0, limit = 0 }: Pool): Html {
  const share = Math.min(100, Math.round((used / limit) * 100));
  const level = share >= 100 ? 'full' : share > 80 ? 'near' : 'free';
  return html`<dt>${what}</dt>
    <dd>
      <span><b>${used}</b> of ${limit}</span>
      <svg class="bar ${level}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect class="bar-limit" width="100" height="8"></rect>
        <rect class="bar-used" width="${share}" height="8"></rect>
      </svg>
    </dd>`;
}
