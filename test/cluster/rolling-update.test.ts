import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import { rollingUpdate, type UpdateState } from '../../src/cluster/rolling-update.ts';

const HOUR = 3_600_000;
const START = 1_800_000_000_000;
const node = (state: Node['state']): Node => ({ name: 'hv01', state, vms: [], pools: new Map() });
const drift = (property: string) => ({ property });

/** Whether an update is seen at each of these hours; `[hour, a node is drained, property that differs]` */
function seen(steps: readonly (readonly [hour: number, drained: boolean, property: string | undefined])[]) {
  let state: UpdateState = {};
  return steps.map(([hour, drained, property]) => {
    const answers = {
      nodes: [node(drained ? 'paused' : 'up')],
      drift: property === undefined ? [] : [drift(property)],
    };
    const next = rollingUpdate(state, answers, START + hour * HOUR);
    // As it is after a restart
    state = JSON.parse(JSON.stringify(next.state));
    return next.updatingSince === undefined ? undefined : (next.updatingSince - START) / HOUR;
  });
}

describe('a rolling update', () => {
  it('is seen once a node that is drained, or was within 24 hours, differs in build or driver', () => {
    expect(
      seen([
        [0, true, undefined],
        [1, false, 'build'],
        [24, false, 'driver'],
        [25, false, 'build'],
      ]),
    ).toEqual([undefined, 1, 1, undefined]);
  });

  it('ends with the differences; the next one begins again', () => {
    expect(
      seen([
        [0, true, 'build'],
        [5, false, undefined],
        [6, false, 'build'],
        [40, true, 'build'],
      ]),
    ).toEqual([0, undefined, 6, 6]);
  });

  it('is not waited for longer than 72 hours, however often nodes are drained', () => {
    expect(
      seen([
        [0, true, 'build'],
        [71, true, 'build'],
        [73, true, 'build'],
        [74, false, undefined],
        [75, true, 'build'],
      ]),
    ).toEqual([0, 0, undefined, undefined, 75]);
  });

  it('is none without a drained node, or where only other things differ', () => {
    expect(
      seen([
        [0, false, 'build'],
        [1, true, 'IOV'],
      ]),
    ).toEqual([undefined, undefined]);
  });
});
