import type { VmSpec, VnicSpec } from './vm-specs.ts';
import type { VSwitchSpec } from './hardware.ts';
import type { Effect, EffectKind } from './script.ts';
import type { Setup } from './setup.ts';

/** What the script has broken at one moment. */
export class Conditions {
  readonly #first: VSwitchSpec | undefined;
  readonly #active: readonly Effect[];

  constructor(setup: Setup, time: number) {
    this.#first = setup.vswitches[0];
    this.#active = setup.script.effects.filter((effect) => effect.from <= time && time < effect.to);
  }

  has(kind: EffectKind): boolean {
    return this.#active.some((effect) => effect.kind === kind);
  }

  hostBlocked(): boolean {
    return this.has('host_blocked');
  }

  #isBroken(vswitch: VSwitchSpec, kind: EffectKind): boolean {
    return vswitch === this.#first && this.has(kind);
  }

  nicDown(vswitch: VSwitchSpec): boolean {
    return this.#isBroken(vswitch, 'nic_down');
  }

  sriovEnabled(vswitch: VSwitchSpec | undefined): boolean {
    return vswitch === undefined || !this.#isBroken(vswitch, 'nic_disabled');
  }

  iovEnabled(vswitch: VSwitchSpec): boolean {
    return vswitch.iov && !this.#isBroken(vswitch, 'switch_not_iov');
  }

  /** VFs can be handed out on this vSwitch at all. */
  iovWorks(vswitch: VSwitchSpec): boolean {
    return this.iovEnabled(vswitch) && this.sriovEnabled(vswitch) && !this.hostBlocked() && !this.nicDown(vswitch);
  }

  vfLost(vm: VmSpec): boolean {
    return this.#active.some((effect) => effect.kind === 'vf_lost' && effect.vm === vm.name);
  }

  driverMissing(vm: VmSpec): boolean {
    return this.#active.some((effect) => effect.kind === 'no_driver' && effect.vms.includes(vm.name));
  }

  iovWeight(vm: VmSpec, vnic: VnicSpec): number {
    const zero = this.#active.some((effect) => effect.kind === 'weight_zero' && effect.vm === vm.name);
    return zero ? 0 : vnic.iovWeight;
  }

  queuePairs(vswitch: VSwitchSpec): number {
    for (const effect of this.#active) {
      if (effect.kind === 'queue_pairs' && vswitch === this.#first) return effect.pairs;
    }
    return 1;
  }

  /** VM queues of a NIC of this vSwitch, the default one included. */
  vmqLimit(vswitch: VSwitchSpec | undefined, usual: number): number {
    if (vswitch === undefined || vswitch.iov) return usual;
    for (const effect of this.#active) if (effect.kind === 'few_queues') return effect.limit;
    return Math.min(usual, 16);
  }
}
