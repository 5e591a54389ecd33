import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Backfill, backfill } from './backfill.ts';
import { type Prometheus, startPrometheus } from './servers/prometheus.ts';
import { describeWith } from './tools.ts';

describeWith(['prometheus', 'promtool'], 'the past of two demo hosts, backfilled', () => {
  let past: Backfill;
  let prometheus: Prometheus;

  beforeAll(async () => {
    past = await backfill({
      hosts: [
        { scenario: 'nic-disabled', seed: 1 },
        { scenario: 'healthy', seed: 2 },
      ],
      seconds: 20 * 60,
      keep: (family) => /^(up|ALERTS|process_|hyperv_(vnic_(vf|receive|settling)|vswitch_vf|cluster))/.test(family),
    });
    prometheus = await startPrometheus({ data: past.data });
  });

  afterAll(async () => {
    await prometheus?.stop();
    past?.remove();
  });

  const now = (expr: string) => prometheus.query(expr, past.end);
  const value = (expr: string) => prometheus.value(expr, past.end);

  it('has a scrape of each host at each minute, with the labels of its target', async () => {
    expect((await now('up')).map(({ metric }) => metric)).toEqual([
      { __name__: 'up', job: 'hyperv-sriov', instance: 'hv1:10182', cluster: 'demo' },
      { __name__: 'up', job: 'hyperv-sriov', instance: 'hv2:10182', cluster: 'demo' },
    ]);
    expect(await value('sum(count_over_time(up[1h]))')).toBe(2 * 21);
    expect(await value('count(count by (job, instance, cluster) (hyperv_vnic_vf_active))')).toBe(2);
    expect(past.samples).toBeGreaterThan(10_000);
  });

  it('has counters that rates are taken of, under their names', async () => {
    expect(await value('sum(rate(hyperv_vnic_receive_bytes_total[5m]))')).toBeGreaterThan(1e6);
    expect(await value('count(process_cpu_seconds_total)')).toBe(2);
  });

  it('has the series of recording rules, of those too that read other recorded ones', async () => {
    const requested = await value('count(hyperv_vnic_vf_requested == 1)');
    expect(requested).toBeGreaterThan(50);
    expect(await value('cluster:hyperv_vnic_vf_requested:count')).toBe(requested);
    expect(await value('count(instance_vswitch:hyperv_failover_vf_shortfall:sum)')).toBeGreaterThanOrEqual(2);
    // Evaluated once a minute, but not at the moment of the scrapes, as everywhere.
    expect(await value('count_over_time(cluster:hyperv_vnic_vf_requested:count[1h])')).toBe(20);
  });

  it('has the alerts that the agent has: pending for as long as they wait, then firing', async () => {
    const alert = 'ALERTS{alertname="SriovNicIovDisabled",instance="hv1:10182",severity="warning"}';
    const states = async (at: number) =>
      (await prometheus.query(alert, at))
        .map(({ metric }) => metric['alertstate'] ?? '')
        .toSorted((a, b) => a.localeCompare(b));
    expect(await states(past.start + 2 * 60)).toEqual(['pending']);
    // No staleness marks here: what ended is still found for as long as Prometheus looks back.
    expect(await states(past.start + 6 * 60)).toEqual(['firing', 'pending']);
    expect(await states(past.end)).toEqual(['firing']);
    expect(await now('ALERTS{instance="hv2:10182",alertstate="firing"}')).toEqual([]);
  });

  it('leaves out the families that were not asked for', async () => {
    expect(await now('hyperv_vm_state')).toEqual([]);
  });
});
