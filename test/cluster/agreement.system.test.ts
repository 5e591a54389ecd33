import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answersOf } from '../../src/cluster/answers.ts';
import { placementsOf } from '../../src/cluster/placement.ts';
import type { MetricFamily } from '../../src/metrics/define.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { atOnce } from '../../src/turn.ts';
import { recordScrapes } from '../support/input-series.ts';
import { failuresOf } from '../support/promtool.ts';
import { type FamiliesMoment, simulateFamilies } from '../support/simulated-families.ts';
import { describeWith } from '../support/tools.ts';

const START = Date.UTC(2026, 0, 5, 8);
const MINUTES = 10;
/** A healthy host, one that is paused, which takes no VM, and one with a fault. */
const CLUSTERS = [
  {
    what: 'of which one has all VFs in use and one is paused',
    scenarios: { hv01: 'vf-pool-exhausted', hv02: 'healthy', hv03: 'cluster' },
    without: [],
  },
  {
    what: 'of which one has a vSwitch without IOV and one is paused',
    scenarios: { hv01: 'switch-not-iov', hv02: 'healthy', hv03: 'cluster' },
    without: ['hv01'],
  },
] as const;

/** The vSwitch that the faults of both clusters are about */
const FAULTY = 'vSwitch_LAN01';

const READ = /^hyperv_(?:vswitch_vf_(?:requested|limit|in_use)|cluster_node_state)$/;

/** Value of a family by vSwitch */
const byVswitch = (families: readonly MetricFamily[], name: string): ReadonlyMap<string, number> =>
  new Map(
    families
      .find((family) => family.name === name)
      ?.samples.map(({ shared, labels, value }) => [{ ...shared, ...labels }['vswitch'] ?? '', value] as const),
  );

describeWith(['promtool'], 'a cluster of three demo hosts', () =>
  describe.each(CLUSTERS)('$what', ({ scenarios, without }) => {
    const hosts = Object.entries(scenarios).map(([name, scenario], index) => {
      const recorder = recordScrapes({
        target: { cluster: 'a', instance: name, host: name, job: 'hyperv-sriov', read_by: 'collector' },
        only: (metric) => READ.test(metric),
      });
      let last: FamiliesMoment | undefined;
      const world = makeWorld(index + 1, scenario, START, 'x520', index + 1);
      for (const moment of simulateFamilies(world, START, MINUTES, (metric) => READ.test(metric))) {
        recorder.scrape(moment.families, moment.at);
        last = moment;
      }
      if (last === undefined) throw new Error('nothing was simulated');
      return { name, view: last.view, families: last.families, rows: recorder.rows() };
    });
    const { nodes, failovers, drift } = answersOf('a', hosts);
    const paused = nodes.filter(({ state }) => state === 'paused').map(({ name }) => name);

    /** What the others have too little, from the families alone */
    const byHand = (name: string): ReadonlyMap<string, number> => {
      const others = hosts.filter((host) => host.name !== name && !paused.includes(host.name));
      const asked = byVswitch(hosts.find((host) => host.name === name)!.families, 'hyperv_vswitch_vf_requested');
      return new Map(
        [...asked].map(([vswitch, wanted]) => {
          const free = others.reduce((sum, { families }) => {
            const limit = byVswitch(families, 'hyperv_vswitch_vf_limit').get(vswitch) ?? 0;
            return sum + limit - (byVswitch(families, 'hyperv_vswitch_vf_in_use').get(vswitch) ?? 0);
          }, 0);
          return [vswitch, Math.max(0, wanted - free)];
        }),
      );
    };

    it('has the same shortfall from the collector, from the recording rule of Prometheus, and by hand', () => {
      expect(paused).toEqual(['hv03']);
      // The recording has no row for a paused host: its VMs are about to leave.
      const up = failovers.filter(({ host }) => !paused.includes(host));
      expect(up.map(({ host }) => host)).toEqual(['hv01', 'hv02']);
      const expected = up.flatMap(({ host }) =>
        [...byHand(host)].filter(([, value]) => value > 0).map(([vswitch, value]) => ({ host, vswitch, value })),
      );
      expect(expected.length).toBeGreaterThan(0);
      const found = up.flatMap(({ host, shortfall }) =>
        [...shortfall].filter(([, value]) => value > 0).map(([vswitch, value]) => ({ host, vswitch, value })),
      );
      const sorted = (list: typeof found) =>
        list.toSorted((a, b) => `${a.host}${a.vswitch}`.localeCompare(`${b.host}${b.vswitch}`));
      expect(sorted(found)).toEqual(sorted(expected));

      const rules = 'sriov-fleet.rules.yaml';
      const text = readFileSync(join(import.meta.dirname, '../../alerts', rules), 'utf8');
      expect(
        failuresOf({
          rules: new Map([[rules, text]]),
          evaluationInterval: '1m',
          tests: [
            {
              interval: '1m',
              input_series: hosts.flatMap(({ rows }) => rows),
              promql_expr_test: [
                {
                  expr: 'sum by (host, vswitch) (instance_vswitch:hyperv_failover_vf_shortfall:sum) > 0',
                  eval_time: `${MINUTES}m`,
                  exp_samples: expected.map(({ host, vswitch, value }) => ({
                    labels: `{host="${host}", vswitch="${vswitch}"}`,
                    value,
                  })),
                },
              ],
            },
          ],
        }),
      ).toBeUndefined();
    });

    it('has a place for a VM of the paused host where VFs are free, by the families alone', () => {
      const vm = nodes
        .find(({ name }) => name === 'hv03')
        ?.vms.find(({ vnics }) => vnics.length === 1 && vnics[0]?.vswitch === FAULTY);
      const [vnic] = vm?.vnics ?? [];
      if (vm === undefined || vnic === undefined) throw new Error('no VM of hv03 asks for one VF');
      const free = hosts
        .filter(({ name }) => !paused.includes(name))
        .filter(({ families }) => {
          const limit = byVswitch(families, 'hyperv_vswitch_vf_limit').get(vnic.vswitch) ?? 0;
          return limit - (byVswitch(families, 'hyperv_vswitch_vf_in_use').get(vnic.vswitch) ?? 0) > 0;
        })
        .map(({ name }) => name);
      expect(free).toEqual(['hv02']);
      const [placement] = atOnce(placementsOf(vm.id, [{ cluster: 'a', nodes }])).vms;
      expect(placement?.places.map(({ host, fits }) => [host, fits])).toEqual([
        ['hv02', true],
        ['hv01', false],
        ['hv03', false],
      ]);
      expect(placement?.places.map(({ against }) => against)).toEqual([
        [],
        [without.length > 0 ? `no vSwitch ${vnic.vswitch} with IOV` : `${vnic.vswitch}: 0 VFs left, 1 needed`],
        ['the host is paused or being drained'],
      ]);
    });

    it('has a difference, with its fix, where a vSwitch has no IOV, and nowhere else', () => {
      const found = drift.filter(({ object, property }) => object === 'vswitch' && property === 'IOV');
      expect(found.map(({ host, value, norm, severity }) => [host, value, norm, severity])).toEqual(
        without.map((host) => [host, 'off', 'on', 'warning']),
      );
      for (const { subject, fix } of found) {
        expect(fix.impact.class).toBe('nic_or_vswitch');
        const commands = fix.plans.flat().flatMap(({ command }) => command ?? []);
        expect(commands).toContainEqual(
          expect.stringMatching(`^New-VMSwitch -Name '${subject}' .*-EnableIov \\$true$`),
        );
      }
    });
  }),
);
