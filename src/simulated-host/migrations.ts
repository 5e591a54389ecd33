import { MEMORY_COPY_SECONDS, type PowerEvent } from './script.ts';
import type { Setup } from './setup.ts';
import type { VmSpec } from './vm-specs.ts';

const isMigration = ({ kind }: PowerEvent): boolean => kind === 'migrate_out' || kind === 'migrate_in';

/** The host without its live migrations: for one that has no other host to exchange VMs with. */
export const withoutMigrations = (host: Setup): Setup => ({
  ...host,
  script: { ...host.script, power: host.script.power.filter((event) => !isMigration(event)) },
});

/**
 * The other end of a host's live migrations. A VM that leaves `other` arrives on this host as its last seconds there
 * end, with the same id, vNICs and uptime; a VM that arrives on `other` was on this host before. This host repeats with
 * the script of `other`, so it must have no script of its own.
 */
export function withMigrationsOf(other: Setup, host: Setup): Setup {
  const events = other.script.power.filter(isMigration);
  const names = new Set(events.map(({ vm }) => vm));
  const scale = other.timeline.loop / host.timeline.loop;
  return {
    ...host,
    timeline: other.timeline,
    vms: [
      // The period of a wave divides the loop.
      ...host.vms.map((vm) => ({ ...vm, wave: { ...vm.wave, period: vm.wave.period * scale } })),
      ...other.vms.filter(({ name }) => names.has(name)).map((vm) => guestOf(vm, host)),
    ],
    script: {
      ...host.script,
      power: [...host.script.power, ...events.map((event) => otherEnd(event, other.speed))].toSorted(
        (a, b) => a.at - b.at,
      ),
    },
  };
}

/** A VM of the other host as it is on this one: absent while it is there. */
function guestOf(vm: VmSpec, { vswitches }: Setup): VmSpec {
  return {
    ...vm,
    rest: vm.rest === 'absent' ? 'running' : 'absent',
    vnics: vm.vnics.map((vnic) => {
      const vswitch = vswitches.find(({ name }) => name === vnic.vswitch.name);
      if (vswitch === undefined) throw new TypeError(`a VM cannot migrate: there is no vSwitch ${vnic.vswitch.name}`);
      return { ...vnic, vswitch };
    }),
  };
}

/** An outbound migration begins when it copies memory, an inbound one ends when the copy has ended. */
function otherEnd({ at, vm, kind }: PowerEvent, speed: number): PowerEvent {
  const copying = MEMORY_COPY_SECONDS / speed;
  return kind === 'migrate_out'
    ? { at: at + copying, vm, kind: 'migrate_in' }
    : { at: at - copying, vm, kind: 'migrate_out' };
}
