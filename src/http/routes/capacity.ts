import { z } from 'zod';
import type { NicCapacity, VSwitchCapacity } from '../../diagnosis/model.ts';
import type { ServedHost } from '../deps.ts';
import { json } from '../json.ts';
import { keptRoute } from '../route.ts';
import { notYet, viewOf } from './findings.ts';

const count = z.number().int();
const left = count.optional();

const holder = z.strictObject({
  pool: z.enum(['vf', 'vmq']),
  id: count.describe('Number of the VF (FunctionID) or of the VM queue (QueueID) on the NIC'),
  vm: z.string().optional(),
  vmId: z.string().optional(),
  vnicId: z.string().optional(),
  queuePairs: left.describe("Queue pairs of the VF's vPort"),
});

const pools = {
  vfsLeft: left,
  vportsLeft: left,
  queuePairsLeft: left,
  vmqsLeft: left,
};

const answerSchema = z
  .strictObject({
    nics: z.array(
      z.strictObject({
        nic: z.string(),
        ...pools,
        holders: z.array(holder).describe('VMs that hold VFs and VM queues of this NIC'),
      }),
    ),
    vswitches: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string().optional(),
        nics: z.array(z.string()).optional().describe('Its NICs. Each of them lists its holders'),
        ...pools,
        requested: count.describe('Running vNICs that are known to ask for a VF'),
        waiting: count.describe('Those of them that are known to have no VF and are not settling'),
        oversubscribedBy: left.describe('How many more vNICs ask for a VF than there are VFs'),
        queuePairsPerVf: count.describe('The largest number of queue pairs that a waiting vNIC asks for'),
        usable: left.describe('How many more VFs can be assigned: the smallest remainder of all pools'),
        whatIf: z
          .strictObject({ 1: left, 2: left, 4: left })
          .describe('The same if every further VF needed 1, 2 or 4 queue pairs'),
        byPath: z.strictObject({ vf: count, assigned: count, synthetic: count, not_requested: count, unknown: count }),
        unevenMembers: z
          .array(z.enum(['sriov_enabled', 'sriov_support', 'vf_limit']))
          .describe('Properties in which the members of a SET team differ'),
      }),
    ),
  })
  .meta({ id: 'Capacity' });

const poolsOf = ({ vfsLeft, vportsLeft, queuePairsLeft, vmqsLeft }: NicCapacity | VSwitchCapacity) => ({
  vfsLeft,
  vportsLeft,
  queuePairsLeft,
  vmqsLeft,
});

/** GET /api/v1/capacity: pools of each vSwitch. */
export const capacityRoute = keptRoute({
  url: '/api/v1/capacity',
  summary: 'Remaining VFs, vPorts, queue pairs and VM queues, and the VMs that hold them. Unknown values are absent',
  answers: { 200: { description: 'Capacity', schema: answerSchema }, 503: notYet },
  *make(host: ServedHost) {
    const view = viewOf(host);
    const { nics, vswitches } = view.diagnosis.capacity;
    const about = new Map(view.tracked.host.vswitches.map((vswitch) => [vswitch.id, vswitch]));
    return yield* json<z.infer<typeof answerSchema>>({
      nics: [...nics].map(([nic, capacity]) => ({
        nic,
        ...poolsOf(capacity),
        holders: capacity.holders.map(({ pool, id, vmName: vm, vmId, vnicId, queuePairs }) => ({
          pool,
          id,
          vm,
          vmId,
          vnicId,
          queuePairs,
        })),
      })),
      vswitches: [...vswitches].map(([id, capacity]) => {
        const members = about.get(id)?.memberNics;
        return {
          id,
          name: about.get(id)?.name,
          nics: members && [...members],
          ...poolsOf(capacity),
          requested: capacity.requested,
          waiting: capacity.waiting,
          oversubscribedBy: capacity.oversubscribedBy,
          queuePairsPerVf: capacity.queuePairsPerVf,
          usable: capacity.usable,
          whatIf: capacity.whatIf,
          byPath: capacity.byPath,
          unevenMembers: [...capacity.unevenMembers],
        };
      }),
    });
  },
});
