import type { NicSpec } from './hardware.ts';

/** A VF in someone's hands. */
export interface VfHold {
  readonly nic: NicSpec;
  readonly functionId: number;
  readonly vportId: number;
  readonly queuePairs: number;
}

/** A VM queue, or under VMMQ a vPort of the PF with queue pairs of its own. */
export interface QueueHold {
  readonly nic: NicSpec;
  readonly id: number;
  readonly vport: boolean;
  readonly queuePairs: number;
}

/** What one NIC has to give: VFs, vPorts and queue pairs from one budget, and VM queues. Lowest free number first. */
export class Pools {
  readonly nic: NicSpec;
  readonly #functions = new Set<number>();
  readonly #vports = new Set<number>([0]);
  readonly #queues = new Set<number>([0]);
  #queuePairs: number;

  constructor(nic: NicSpec) {
    this.nic = nic;
    this.#queuePairs = nic.queuePairsAtRest;
  }

  get vfs(): number {
    return this.#functions.size;
  }

  takeVf(wanted: number): VfHold | undefined {
    const { nic } = this;
    const queuePairs = Math.min(wanted, nic.maxQueuePairsPerVPort);
    if (this.vfs >= nic.vfLimit || !this.#fits(queuePairs)) return undefined;
    this.#queuePairs += queuePairs;
    return { nic, functionId: lowest(this.#functions), vportId: lowest(this.#vports), queuePairs };
  }

  releaseVf(hold: VfHold): void {
    this.#functions.delete(hold.functionId);
    this.#vports.delete(hold.vportId);
    this.#queuePairs -= hold.queuePairs;
  }

  /** A vPort of the PF, under VMMQ. */
  takeVport(queuePairs: number): QueueHold | undefined {
    if (!this.#fits(queuePairs)) return undefined;
    this.#queuePairs += queuePairs;
    return { nic: this.nic, id: lowest(this.#vports), vport: true, queuePairs };
  }

  /** A VM queue beside the default one; `limit` counts that one too. */
  takeQueue(limit: number): QueueHold | undefined {
    if (this.#queues.size >= limit) return undefined;
    return { nic: this.nic, id: lowest(this.#queues), vport: false, queuePairs: 1 };
  }

  releaseQueue(hold: QueueHold): void {
    if (hold.vport) {
      this.#vports.delete(hold.id);
      this.#queuePairs -= hold.queuePairs;
    } else this.#queues.delete(hold.id);
  }

  #fits(queuePairs: number): boolean {
    return this.#vports.size < this.nic.vportLimit && this.#queuePairs + queuePairs <= this.nic.queuePairLimit;
  }
}

function lowest(taken: Set<number>): number {
  let number = 0;
  while (taken.has(number)) number++;
  taken.add(number);
  return number;
}
