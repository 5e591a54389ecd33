import { z } from 'zod';
import { type Placements, placementsOf } from '../../cluster/placement.ts';
import type { ServedFleet } from '../deps.ts';
import { json } from '../json.ts';
import { keptRoute, problemAnswer, ProblemError } from '../route.ts';

const query = z.strictObject({
  vm: z.string().min(1).max(200).describe('Id or name of a running VM that asks for a VF'),
});
const count = z.number().int();

/** Also read by `placement --url`. */
export const placementSchema = z
  .strictObject({
    vms: z.array(
      z.strictObject({
        vm: z.string(),
        vmId: z.string(),
        cluster: z.string(),
        places: z
          .array(
            z.strictObject({
              host: z.string(),
              current: z.boolean().describe('The VM runs here'),
              fits: z.boolean().describe('Each of its vNICs that asks for a VF would get one here'),
              against: z.array(z.string()).describe('Why it does not fit'),
              worstFailover: count
                .optional()
                .describe('vNICs of the cluster without a VF in the worst failure of one host, with the VM here'),
              vfsLeft: count.optional().describe('VFs that would be left on the vSwitches that it needs'),
            }),
          )
          .describe('The best first'),
      }),
    ),
    more: count.optional().describe('How many more VMs have this name. Ask for each of them by its id'),
  })
  .meta({ id: 'Placement' });

export type PlacementAnswer = z.infer<typeof placementSchema>;

/** Placements in the form of the API and of `placement --json`. */
export const placementAnswer = ({ vms, more }: Placements): PlacementAnswer => ({
  vms: vms.map((vm) => ({ ...vm, places: vm.places.map((place) => ({ ...place, against: [...place.against] })) })),
  ...(more > 0 && { more }),
});

/** Where a VM would get its VFs. It advises; nothing is moved. */
export const placementRoute = keptRoute({
  url: '/api/v1/placement',
  summary:
    'Where in its cluster a VM would get its VFs, the best host first. Of many VMs of one name the first ten are answered',
  query,
  answers: {
    200: { description: 'Places', schema: placementSchema },
    400: problemAnswer('Faulty query'),
    404: problemAnswer('No such VM'),
  },
  *make(fleet: ServedFleet, { vm: wanted }) {
    const placements = yield* placementsOf(wanted, yield* fleet.clusters());
    if (placements.vms.length === 0)
      throw new ProblemError(404, 'no running VM of a cluster has this name or id and asks for a VF');
    return yield* json<PlacementAnswer>(placementAnswer(placements));
  },
});
