import type { VSwitchCapacity } from '../../diagnosis/model.ts';
import type { View } from '../../metrics/define.ts';
import { type NamedPool, type PoolOwner, poolsOf, type Usage } from '../../report/pools.ts';
import { type VfCandidates, vfCandidates } from '../../report/vf-candidates.ts';
import { html, type Html, name } from './html.ts';
import type { HostLinks } from './links.ts';
import { bitRate, percent } from './quantity.ts';
import type { ShownTrends } from './trends.ts';

/** Candidates named at most */
const CANDIDATES = 3;

/** The pools of each vSwitch and NIC as bars, those at their end first. VF pools near their end name VMs that could give up a VF. */
export function pools(view: View, links: HostLinks, trends?: Pick<ShownTrends, 'vfBytes'>): Html {
  const owners = poolsOf(view).toSorted((one, other) => rank(one) - rank(other));
  if (owners.length === 0) return html`<p class="quiet">No pool of this host could be read.</p>`;
  return html`<ul class="pools">${owners.map((owner) => card(owner, view, links, trends))}</ul>`;
}

/** Pools at their end first. */
const rank = ({ pools: own }: PoolOwner): number => (own.some(({ ended }) => ended) ? 0 : 1);

function card(
  { kind, id, name: title, pools: own }: PoolOwner,
  view: View,
  links: HostLinks,
  trends?: Pick<ShownTrends, 'vfBytes'>,
): Html {
  const vfs = kind === 'vSwitch' ? own.find(({ what }) => what === 'VFs') : undefined;
  const note = vfs?.none === undefined ? noteOf(view.diagnosis.capacity.vswitches.get(id)) : undefined;
  const candidates =
    vfs?.near === true || vfs?.exhausted === true ? vfCandidates(view.tracked, id, trends?.vfBytes) : undefined;
  return html`<li class="card">
    <h3>${name(title)} <small>${kind}</small></h3>
    <dl>${own.map(bar)}</dl>
    ${note === undefined ? undefined : html`<p class="quiet">${note}</p>`}
    ${candidates === undefined || candidates.idle.length === 0 ? undefined : givers(candidates, links)}
  </li>`;
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

/** The best candidates to give up a VF: by CPU, and by traffic where it is counted. */
const givers = ({ seconds, idle: candidates }: VfCandidates, links: HostLinks): Html => {
  const span = seconds === 3600 ? 'hour' : seconds === 60 ? 'minute' : `${seconds / 60} min`;
  const counted = candidates.some(({ vfBytes }) => vfBytes !== undefined);
  const rest = candidates.length - CANDIDATES;
  return html`<p class="quiet">
      Best candidates to give up a VF, by ${counted ? 'traffic on the VF and ' : ''}CPU over the last ${span}${counted ? '' : ' (traffic on VFs is not counted on this NIC)'}:
    </p>
    <ul class="candidates">${candidates.slice(0, CANDIDATES).map((one) => html`<li>${one.vmId === undefined ? name(one.vm) : html`<a href="${links.vm(one.vmId)}">${name(one.vm)}</a>`} <small>${name(one.vnic)}: ${one.vfBytes === undefined ? undefined : `${bitRate(one.vfBytes)}, `}CPU ${percent(one.cpuShare)}</small></li>`)}</ul>
    ${rest > 0 ? html`<p class="quiet">${rest} more ${rest === 1 ? 'is' : 'are'} idle.</p>` : undefined}`;
};

function bar({ what, used = 0, limit = 0, ended, near, none }: NamedPool): Html {
  if (none !== undefined) return html`<dt>${what}</dt><dd class="none">${none}</dd>`;
  return html`<dt>${what}</dt>
    <dd>
      <span><b>${used}</b> of ${limit}</span>
      ${usageBar({ used, limit, level: ended ? 'ended' : near === true ? 'near' : 'free' })}
    </dd>`;
}

/** How much of a pool is in use, as a bar. */
export function usageBar({ used, limit, level }: Usage): Html {
  const share = limit === 0 ? 0 : Math.min(100, Math.round((used / limit) * 100));
  return html`<svg class="bar ${level}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect class="bar-limit" width="100" height="8"></rect>
      <rect class="bar-used" width="${share}" height="8"></rect>
    </svg>`;
}
