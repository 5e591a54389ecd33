import type { Nic, VSwitch } from '../host/model.ts';
import { type Pool, poolOf } from '../host/pool.ts';
import type { Examined } from './vnic-rows.ts';

export interface NamedPool extends Pool {
  readonly what: string;
  /** All of it is in use, and a vNIC that starts next needs it here: counts as a warning */
  readonly ended: boolean;
  /** Why it offers nothing, where it does not */
  readonly none?: string | undefined;
}

/** How much of a pool is in use, and how near its end is. */
export interface Usage {
  readonly used: number;
  readonly limit: number;
  readonly level: 'free' | 'near' | 'ended';
}

export interface PoolOwner {
  readonly kind: 'vSwitch' | 'NIC';
  /** vSwitch id or NIC description */
  readonly id: string;
  readonly name: string;
  /** Those that could be read, and those that offer nothing for a known reason */
  readonly pools: readonly NamedPool[];
}

/** The pools of each vSwitch and NIC. One of which a value was not read is left out, and so is an owner without any. */
export function poolsOf({ tracked: { host }, diagnosis }: Examined): readonly PoolOwner[] {
  const { policy } = diagnosis.evaluated.facts;
  const pool = (
    what: string,
    limit: number | undefined,
    used: number | undefined,
    needed: boolean,
    none?: string,
  ): NamedPool => {
    const its = poolOf(limit, used, policy.pool);
    return { what, ended: needed && its.exhausted === true, ...its, none };
  };
  // VFs take queue pairs and vPorts. VM queues carry the load where there is no SR-IOV.
  const ofVSwitch = (its: VSwitch): readonly NamedPool[] => [
    pool('VFs', its.vfLimit, its.vfInUse, its.iovEnabled === true, vswitchWithoutVfs(its)),
    pool('Queue pairs', its.queuePairLimit, its.queuePairInUse, its.iovEnabled === true),
    pool('VM queues', its.vmqLimit, its.vmqAllocated, its.iovEnabled === false),
  ];
  // A NIC of a team may be out of VFs while others have some: that counts on the vSwitch.
  const ofNic = (its: Nic): readonly NamedPool[] => [
    pool('VFs', its.vfLimit, its.vfAllocated, false, nicWithoutVfs(its)),
    pool('vPorts', its.vportLimit, its.vportActive, its.sriovEnabled === true && its.vswitchId !== undefined),
  ];
  const owners = [
    ...host.vswitches.map((its) => ({ kind: 'vSwitch' as const, id: its.id, name: its.name, pools: ofVSwitch(its) })),
    ...host.nics.map((its) => ({
      kind: 'NIC' as const,
      id: its.description,
      name: its.description,
      pools: ofNic(its),
    })),
  ];
  return owners
    .map((owner) => ({
      ...owner,
      pools: owner.pools.filter(({ exhausted, none }) => exhausted !== undefined || none !== undefined),
    }))
    .filter((owner) => owner.pools.length > 0);
}

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
