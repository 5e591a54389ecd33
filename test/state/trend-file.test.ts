import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TrackedHost } from '../../src/history/model.ts';
import { noSaves } from '../support/no-saves.ts';
import { openTrends, readTrends, writeTrends } from '../../src/state/trend-file.ts';
import { createTrends, TREND_SHAPES } from '../../src/trend/trends.ts';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { simulateFamilies } from '../support/simulated-families.ts';

const NOON = Date.parse('2026-05-04T12:00:00Z');
let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'trends '))));
afterEach(() => rmSync(folder, { recursive: true }));

/** The charts of a demo host after some minutes. */
function observed(minutes: number) {
  const trends = createTrends();
  let last: TrackedHost | undefined;
  for (const { view } of simulateFamilies(makeWorld(1, 'vf-pool-exhausted', NOON), NOON, minutes, () => false)) {
    trends.observe(view.tracked);
    last = view.tracked;
  }
  if (last === undefined) throw new Error('nothing was observed');
  return { trends, last };
}

const warnings: unknown[] = [];
const log = {
  warn: (...all: unknown[]) => void warnings.push(all),
};

describe('the values of the charts', () => {
  it('are what the host did, minute by minute', () => {
    const { trends, last } = observed(20);
    const { host } = last;
    const vswitch = host.vswitches.find(({ vfLimit = 0 }) => vfLimit > 0)!;
    const vfs = trends.vswitch(vswitch.id).vfs;
    expect(vfs.length).toBeGreaterThan(15);
    expect(vfs.at(-1)?.value).toEqual({ used: vswitch.vfInUse, limit: vswitch.vfLimit });
    expect(vfs.map(({ at }) => at)).toEqual(vfs.map((_, index) => vfs[0]!.at + index * TREND_SHAPES.vswitches.step));
    const counts = trends.host().paths.at(-1)?.value;
    const onVf = host.vnics.filter(({ id, pathApplies }) => pathApplies === true && last.vnics.get(id)?.path === 'vf');
    expect(counts?.vf).toBe(onVf.length);
    const cpu = trends.host().rootCpu.flatMap(({ value }) => value ?? []);
    expect(cpu.length).toBeGreaterThan(10);
    for (const share of cpu) expect(share).toSatisfy((value: number) => value > 0 && value <= 1);

    const off = host.vnics.find(({ id }) => last.vnics.get(id)?.path === 'synthetic')!;
    expect(trends.vnic(off.id).path.at(-1)?.value).toBe('synthetic');
    expect(trends.vnic(off.id).syntheticBytes.at(-1)?.value).toBeGreaterThan(0);
    expect(trends.vnic(onVf[0]!.id).path.at(-1)?.value).toBe('vf');
    const vm = host.vms.find(({ id }) => id === onVf[0]!.vmId)!;
    expect(trends.vmCpu(vm.id).at(-1)?.value).toBeLessThanOrEqual(vm.processors ?? 0);
    expect(trends.bytes()).toBeLessThan(2_000_000);
  });

  it('begin with the first inventory, whatever part is read first', () => {
    const { last } = observed(3);
    const trends = createTrends();
    trends.observe({ ...last, host: { ...last.host, takenAt: undefined, vnics: [], vms: [], vswitches: [] } });
    trends.observe({ ...last, now: last.now + 1000 });
    const { id } = last.host.vnics.find((vnic) => last.vnics.get(vnic.id)?.path === 'vf')!;
    expect(trends.vnic(id).path.map(({ value }) => value)).toEqual(['vf']);
  });

  it('outlive a restart', async () => {
    const { trends, last } = observed(20);
    await writeTrends(folder, trends.save());
    const kept = await openTrends(folder, last.now, log, noSaves);
    const again = kept.trends;
    expect(again.host()).toEqual(trends.host());
    for (const { id } of last.host.vswitches) expect(again.vswitch(id)).toEqual(trends.vswitch(id));
    for (const { id, vmId } of last.host.vnics) if (vmId !== undefined) expect(again.vnic(id)).toEqual(trends.vnic(id));
    // Of a VM that did not run there is nothing to save.
    const ran = last.host.vms.filter(({ id }) => trends.vmCpu(id).some(({ value }) => value !== undefined));
    expect(ran.length).toBeGreaterThan(40);
    for (const { id } of ran) expect(again.vmCpu(id)).toEqual(trends.vmCpu(id));
    await kept.close();
    expect(warnings).toEqual([]);
  });

  it.each([
    ['is no gzip', () => Buffer.from('x')],
    ['is cut off', (good: Buffer) => good.subarray(0, good.length - 20)],
    ['has fewer numbers than it says', (good: Buffer) => gzipSync(gunzipSync(good).subarray(0, -8))],
    [
      'is of a later version',
      (good: Buffer) => gzipSync(gunzipSync(good).toString('latin1').replace('"schema":1', '"schema":2')),
    ],
    ['unpacks to far too much', () => gzipSync(Buffer.alloc(40_000_000))],
  ])('start empty, with one warning, where the file %s', async (_, damage) => {
    const { trends, last } = observed(3);
    await writeTrends(folder, trends.save());
    const path = join(folder, 'trends.gz');
    writeFileSync(path, damage(readFileSync(path)));
    await expect(readTrends(folder)).rejects.toThrow('trends.gz');
    warnings.length = 0;
    const kept = await openTrends(folder, last.now, log, noSaves);
    expect(kept.trends.host().paths).toEqual([]);
    expect(warnings).toHaveLength(1);
    await kept.close();
    await expect(readTrends(folder)).resolves.toBeDefined();
  });

  it('take at most 11 MB, whatever comes', () => {
    const most = Object.values(TREND_SHAPES).reduce(
      (sum, { steps, columns, ids }) => sum + steps * columns * ids * 4,
      0,
    );
    expect(most).toBeLessThan(11_100_000);
  });
});
