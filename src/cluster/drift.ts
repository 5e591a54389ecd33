import type { NicFacts } from '../diagnosis/facts.ts';
import { groupBy } from '../diagnosis/group.ts';
import type { Severity } from '../diagnosis/model.ts';
import type { Nic } from '../host/model.ts';
import type { Examined } from '../report/vnic-rows.ts';
import { atOnce, type Steps } from '../turn.ts';
import {
  biosFix,
  buildFix,
  driverFix,
  type DriftFix,
  iovSupportFix,
  nicSwitchFix,
  numVfsFix,
  overrideFix,
  teamingFix,
  vswitchIovFix,
  vswitchLimitFix,
} from './drift-fix.ts';

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
  readonly fix: DriftFix;
}

/** What a host has. */
interface Fact extends Omit<Drift, 'norm' | 'fix'> {
  /** Made where the host differs only, as plans are long */
  readonly fix: (norm: string) => DriftFix;
}

const shown = (value: boolean | number | string): string =>
  typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);

/** `Adapter #2` is a second port of the same model. */
const modelOf = (description: string): string => description.replace(/ #\d+$/, '');

type Value = boolean | number | string | undefined;

/** Ports of one model on one host may differ on purpose, so all values of a model are compared as one. */
function valuesOf(nics: readonly NicFacts[], read: (nic: Nic) => Value): string | undefined {
  const values = nics.map(({ nic }) => read(nic));
  if (values.includes(undefined)) return undefined;
  return [...new Set(values.map((value) => shown(value ?? '')))].toSorted().join(', ');
}

function factsOf(name: string, view: Examined): readonly Fact[] {
  const { facts } = view.diagnosis.evaluated;
  const found: Fact[] = [];
  const add = (
    [object, subject, property]: readonly [object: Drift['object'], subject: string, property: string],
    severity: Drift['severity'],
    value: Value,
    fix: Fact['fix'],
  ): void => {
    if (value !== undefined) found.push({ host: name, object, subject, property, value: shown(value), severity, fix });
  };
  const { build, bios, iovSupported, iovOverride } = facts.platform;
  add(['host', '', 'build'], 'info', build, buildFix);
  add(['host', '', 'bios'], 'info', bios, biosFix);
  add(['host', '', 'IOV support'], 'warning', iovSupported, () => iovSupportFix(view));
  // No switch: that it is set on one host does not make it right for the others.
  const override = iovOverride === undefined ? undefined : iovOverride ? 'set' : 'not set';
  add(['host', '', 'IOV override'], 'info', override, (norm) => overrideFix(facts, norm));
  for (const vswitchFacts of facts.vswitches) {
    const { name: vswitch, iovEnabled, teaming, vfLimit, queuePairLimit } = vswitchFacts.vswitch;
    add(['vswitch', vswitch, 'IOV'], 'warning', iovEnabled, () => vswitchIovFix(vswitchFacts));
    add(['vswitch', vswitch, 'teaming'], 'info', teaming, teamingFix);
    if (iovEnabled !== true) continue;
    add(['vswitch', vswitch, 'VFs'], 'warning', vfLimit, () => vswitchLimitFix(vswitchFacts));
    add(['vswitch', vswitch, 'queue pairs'], 'warning', queuePairLimit, () => vswitchLimitFix(vswitchFacts));
  }
  const models = groupBy(
    facts.nics.filter(({ nic }) => !nic.isLbfoTeam),
    ({ nic }) => modelOf(nic.description),
  );
  for (const [model, nics] of models) {
    const values = (read: (nic: Nic) => Value): string | undefined => valuesOf(nics, read);
    add(
      ['nic', model, 'SR-IOV'],
      'warning',
      values((nic) => nic.sriovEnabled),
      (norm) => nicSwitchFix(nics, norm, 'SR-IOV', ({ nic }) => nic.sriovEnabled === false),
    );
    add(
      ['nic', model, 'VFs'],
      'warning',
      values((nic) => nic.vfLimit),
      (norm) => numVfsFix(nics, norm),
    );
    add(
      ['nic', model, 'driver'],
      'info',
      values((nic) => nic.driverVersion),
      driverFix,
    );
    add(
      ['nic', model, 'VMQ'],
      'info',
      values((nic) => nic.vmq?.enabled),
      (norm) => nicSwitchFix(nics, norm, 'VMQ', ({ nic }) => nic.vmq?.enabled === false),
    );
  }
  return found;
}

/**
 * What most have; undefined without a majority. Where a setting that decides paths is on for one host, `on`: SR-IOV that is
 * off on most hosts is not how the cluster should be.
 */
function normOf(facts: readonly Fact[]): string | undefined {
  if (facts.some(({ value, severity }) => severity === 'warning' && value === 'on')) return 'on';
  const counts = new Map<string, number>();
  for (const { value } of facts) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [first, second] = [...counts].toSorted(([, a], [, b]) => b - a);
  return first !== undefined && first[1] > (second?.[1] ?? 0) ? first[0] : undefined;
}

/**
 * In what hosts of a cluster differ that should be alike: vSwitches by name, NICs by model, the host itself. What a host
 * does not have, or what could not be read of it, is not compared. Each difference has the fix for the host. Pure.
 */
export const driftOf = (members: readonly DriftMember[]): readonly Drift[] => atOnce(driftInSteps(members));

interface DriftMember {
  readonly name: string;
  readonly view: Examined;
}

/** The same, with a pause after each host and after each difference. */
export function* driftInSteps(members: readonly DriftMember[]): Steps<readonly Drift[]> {
  const facts: Fact[] = [];
  for (const { name, view } of members) {
    yield;
    facts.push(...factsOf(name, view));
  }
  const groups = groupBy(facts, ({ object, subject, property }) => JSON.stringify([object, subject, property]));
  const found: Drift[] = [];
  for (const group of groups.values()) {
    const norm = normOf(group);
    if (norm === undefined) continue;
    for (const { fix, ...fact } of group) {
      if (fact.value === norm) continue;
      yield;
      found.push({ ...fact, norm, fix: fix(norm) });
    }
  }
  return found.toSorted((a, b) => Number(b.severity === 'warning') - Number(a.severity === 'warning'));
}
