import type { View } from '../../metrics/define.ts';
import { html, type Html, name } from './html.ts';

interface Pool {
  readonly owner: string;
  readonly what: string;
  readonly used: number | undefined;
  readonly limit: number | undefined;
}

/** Every pool of the host as a bar: VFs, vPorts, queue pairs and VM queues. One that can not be read has no bar. */
export function pools(view: View): Html {
  const { host } = view.tracked;
  const all: Pool[] = [
    ...host.vswitches.flatMap((vswitch): Pool[] => [
      { owner: vswitch.name, what: 'VFs', used: vswitch.vfInUse, limit: vswitch.vfLimit },
      { owner: vswitch.name, what: 'queue pairs', used: vswitch.queuePairInUse, limit: vswitch.queuePairLimit },
      { owner: vswitch.name, what: 'VM queues', used: vswitch.vmqAllocated, limit: vswitch.vmqLimit },
    ]),
    ...host.nics.flatMap((nic): Pool[] => [
      { owner: nic.description, what: 'VFs', used: nic.vfAllocated, limit: nic.vfLimit },
      { owner: nic.description, what: 'vPorts', used: nic.vportActive, limit: nic.vportLimit },
    ]),
  ];
  const shown = all.filter((pool) => pool.limit !== undefined && pool.limit > 0 && pool.used !== undefined);
  if (shown.length === 0) return html`<p>No pool of this host can be read.</p>`;
  return html`<ul class="pools">
    ${shown.map((pool) => bar(pool))}
  </ul>`;
}

function bar({ owner, what, used = 0, limit = 0 }: Pool): Html {
  const share = Math.min(100, Math.round((used / limit) * 100));
  const level = share >= 100 ? 'full' : share > 80 ? 'near' : 'free';
  return html`<li>
    <span class="pool-name">${name(owner)} ${what}</span>
    <span class="pool-count">${used} of ${limit}</span>
    <svg class="bar ${level}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect class="bar-limit" width="100" height="8"></rect>
      <rect class="bar-used" width="${share}" height="8"></rect>
    </svg>
  </li>`;
}
