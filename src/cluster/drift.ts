import type { Severity } from '../diagnosis/model.ts';
import type { Examined } from '../report/vnic-rows.ts';

/** A property in which a host differs from the other hosts of its cluster. */
export interface Drift {
  readonly host: string;
  readonly object: 'host' | 'vswitch' | 'nic';
  /** Name of the vSwitch, or model of the NIC; empty for the host */
  readonly subject: string;
  readonly property: string;
  readonly value: string;
  /** What most hosts have */
  readonly norm: string;
  /** warning: it decides paths */
  readonly severity: Exclude<Severity, 'critical'>;
}

interface Fact extends Omit<Drift, 'norm'> {}

const shown = (value: boolean | number | string): string =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);

/** `Adapter #2` is a second port of the same model. */
const modelOf = (description: string): string => description.replace(/ #\d+$/, '');

function factsOf(name: string, { tracked: { host } }: Examined): readonly Fact[] {
  const facts: Fact[] = [];
  const add = (
    object: Drift['object'],
    subject: string,
    severity: Drift['severity'],
    values: Readonly<Record<string, boolean | number | string | undefined>>,
  ): void => {
    for (const [property, value] of Object.entries(values))
      if (value !== undefined) facts.push({ host: name, object, subject, property, value: shown(value), severity });
  };
  const { platform } = host;
  add('host', '', 'info', { build: platform.build, bios: platform.bios });
  add('host', '', 'warning', { 'IOV support': platform.iovSupported });
  for (const { name: vswitch, iovEnabled, teaming, vfLimit, queuePairLimit } of host.vswitches) {
    add('vswitch', vswitch, 'warning', { IOV: iovEnabled });
    add('vswitch', vswitch, 'info', { teaming });
    if (iovEnabled === true) add('vswitch', vswitch, 'warning', { VFs: vfLimit, 'queue pairs': queuePairLimit });
  }
  // Ports of one model on one host may differ on purpose, so all values of a model are compared as one.
  const models = new Map<string, typeof host.nics>();
  for (const nic of host.nics)
    if (!nic.isLbfoTeam) models.set(modelOf(nic.description), [...(models.get(modelOf(nic.description)) ?? []), nic]);
  for (const [model, nics] of models) {
    const all = (read: (nic: (typeof nics)[number]) => boolean | number | string | undefined): string | undefined => {
      const values = nics.map(read);
      if (values.includes(undefined)) return undefined;
      return [...new Set(values.map((value) => shown(value ?? '')))].toSorted().join(', ');
    };
    add('nic', model, 'warning', { 'SR-IOV': all((nic) => nic.sriovEnabled), VFs: all((nic) => nic.vfLimit) });
    add('nic', model, 'info', { driver: all((nic) => nic.driverVersion), VMQ: all((nic) => nic.vmq?.enabled) });
  }
  return facts;
}

/** What most have; `on` where one has it on, as off is never how a cluster should be; undefined without a majority. */
function normOf(facts: readonly Fact[]): string | undefined {
  if (facts.some(({ value }) => value === 'on')) return 'on';
  const counts = new Map<string, number>();
  for (const { value } of facts) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [first, second] = [...counts].toSorted(([, a], [, b]) => b - a);
  return first !== undefined && first[1] > (second?.[1] ?? 0) ? first[0] : undefined;
}

/**
 * In what hosts of a cluster differ that should be alike: vSwitches by name, NICs by model, the host itself. What a host
 * does not have, or what could not be read of it, is not compared. Pure.
 */
export function driftOf(members: readonly { readonly name: string; readonly view: Examined }[]): readonly Drift[] {
  const groups = new Map<string, Fact[]>();
  for (const { name, view } of members)
    for (const fact of factsOf(name, view)) {
      const key = JSON.stringify([fact.object, fact.subject, fact.property]);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [fact]);
      else group.push(fact);
    }
  return [...groups.values()]
    .flatMap((facts) => {
      const norm = normOf(facts);
      if (norm === undefined) return [];
      return facts.filter(({ value }) => value !== norm).map((fact) => ({ ...fact, norm }));
    })
    .toSorted((a, b) => Number(b.severity === 'warning') - Number(a.severity === 'warning'));
}
