import { z } from 'zod';
import { type Vnic, VNIC_PATHS } from '../../host/model.ts';
import type { View } from '../../metrics/define.ts';
import { once } from '../../once.ts';
import type { HttpDeps, ServedHost } from '../deps.ts';
import { json, Json, JsonMemory, map } from '../json.ts';
import { isoTime, keptRoute, problemAnswer } from '../route.ts';
import { findingSchema, notYet, toFinding, viewOf } from './findings.ts';

const count = z.number().int();

const query = z.strictObject({
  vm: z.string().optional().describe('Name or id of a VM'),
  path: z.enum(VNIC_PATHS).optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(10_000),
});

const vnicSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    vm: z.string().optional(),
    vmId: z.string().optional(),
    kind: z.enum(['synthetic', 'legacy', 'management_os']).optional(),
    mac: z.string().optional(),
    vswitch: z.string().optional(),
    vswitchId: z.string().optional(),
    connected: z.boolean().optional(),
    vlan: count.optional(),
    ipAddresses: z.array(z.string()).optional().describe('Only if labels.ip-addresses is on'),
    iovWeight: count.optional(),
    path: z.enum(VNIC_PATHS).describe('The path of its traffic. A fallback is shown when two polls agree'),
    since: z.iso.datetime().optional(),
    sinceSeen: z.boolean().optional().describe('The beginning was seen; otherwise since is when it was first read'),
    settling: z.enum(['migration', 'vm_start', 'nic_restart']).optional(),
    vfRequested: z.boolean().optional(),
    fallback: z.boolean().optional(),
    reason: findingSchema.optional(),
    findings: z.array(findingSchema),
    queuePairsRequested: count.optional(),
    queuePairsAssigned: count.optional(),
    vmqAllocated: z.boolean().optional(),
  })
  .meta({ id: 'Vnic' });

const answerSchema = z
  .strictObject({ total: count.describe('Number of vNICs that match the filter'), vnics: z.array(vnicSchema) })
  .meta({ id: 'Vnics' });

/** GET /api/v1/vnics. */
export const vnicsRoute = (deps: Pick<HttpDeps, 'ipAddresses'>) => {
  /** By id; printed when first asked for */
  const printedOf = once((_view: View) => ({ all: new Map<string, Json>(), memory: new JsonMemory() }));
  const printed = (vnic: Vnic, view: View): Json => {
    const { all, memory } = printedOf(view);
    const text = all.get(vnic.id) ?? new Json(describe(vnic, view, deps.ipAddresses === true), memory);
    all.set(vnic.id, text);
    return text;
  };
  return keptRoute({
    url: '/api/v1/vnics',
    summary: 'Each virtual NIC: its path, since when, and the reason. Unknown values are absent',
    query,
    answers: { 200: { description: 'vNICs', schema: answerSchema }, 400: problemAnswer('Invalid query'), 503: notYet },
    make(host: ServedHost, { vm, path, limit }) {
      const view = viewOf(host);
      const pathOf = (vnic: Vnic) => view.tracked.vnics.get(vnic.id)?.path ?? vnic.path;
      const wanted = view.tracked.host.vnics.filter(
        (vnic) =>
          (vm === undefined || vnic.vmName === vm || vnic.vmId === vm.toLowerCase()) &&
          (path === undefined || pathOf(vnic) === path),
      );
      return json<z.infer<typeof answerSchema>>({
        total: wanted.length,
        vnics: map(wanted.slice(0, limit), (vnic) => printed(vnic, view)),
      });
    },
  });
};

function describe(vnic: Vnic, view: View, withAddresses: boolean): z.infer<typeof vnicSchema> {
  const tracked = view.tracked.vnics.get(vnic.id);
  const diagnosis = view.diagnosis.vnics.get(vnic.id);
  return {
    id: vnic.id,
    name: vnic.name,
    vm: vnic.vmName,
    vmId: vnic.vmId,
    kind: vnic.kind,
    mac: vnic.mac,
    vswitch: vnic.vswitchName,
    vswitchId: vnic.vswitchId,
    connected: vnic.connected,
    vlan: vnic.vlan,
    ipAddresses: withAddresses && vnic.ipAddresses !== undefined ? [...vnic.ipAddresses] : undefined,
    iovWeight: vnic.iovWeight,
    path: tracked?.path ?? vnic.path,
    since: isoTime(tracked?.since),
    sinceSeen: tracked?.since === undefined ? undefined : (tracked.sinceSeen ?? false),
    settling: tracked?.settling,
    vfRequested: diagnosis?.vfRequested,
    fallback: diagnosis?.fallback,
    reason: diagnosis?.reason && toFinding(diagnosis.reason),
    findings: (diagnosis?.findings ?? []).map(toFinding),
    queuePairsRequested: vnic.offload?.queuePairsRequested,
    queuePairsAssigned: vnic.offload?.queuePairsAssigned,
    vmqAllocated: vnic.offload?.vmqAllocated,
  };
}
