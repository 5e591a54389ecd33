import { writeFileSync } from 'node:fs';
import { getPriority, constants } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../../../src/clock.ts';
import { GOOD, soon, useFakeShell } from './fake.ts';

const fake = useFakeShell();
const ask = (): Promise<unknown> => fake.reader.read('activity', soon());
const restarts = (): number => fake.reader.stats().restarts.activity;

describe.skipIf(process.platform !== 'linux')('a PowerShell process', () => {
  it('answers 500 calls in a row, through its recycles', async () => {
    fake.open({ FAKE_ROWS: '100' }, { recycle: { calls: 100 } });
    for (let call = 0; call < 500; call += 1) expect(await ask()).toMatchObject(GOOD);
    expect(fake.reader.stats()).toMatchObject({ calls: { activity: 500 }, restarts: { activity: 4 } });
    await vi.waitFor(() => expect(fake.running()).toHaveLength(1), 100_000);
  });

  it('is replaced when it has printed enough', async () => {
    fake.open({ FAKE_ROWS: '500' }, { recycle: { bytes: 20_000 } });
    await ask();
    const { frameBytes } = fake.reader.stats();
    expect(frameBytes.activity).toBeGreaterThan(5000);
    for (let call = 1; call < 12; call += 1) await ask();
    const expected = Math.floor(11 / Math.ceil(20_000 / frameBytes.activity!));
    expect(Math.abs(restarts() - expected)).toBeLessThanOrEqual(1);
    expect(restarts()).toBeGreaterThan(0);
  });

  it('is replaced at its age', async () => {
    let now = 0;
    const clock: Clock = { now: () => now, monotonic: () => now };
    fake.open({}, { clock, recycle: { ageMs: 6 * 3_600_000 } });
    await ask();
    now += 5 * 3_600_000;
    await ask();
    expect(await ask()).toMatchObject(GOOD);
    expect(restarts()).toBe(0);
    now += 3_600_000;
    await ask();
    expect(await ask()).toMatchObject(GOOD);
    expect(restarts()).toBe(1);
  });

  for (const [what, env] of [
    ['memory', { FAKE_WORKING_SET: String(2 * 1024 ** 3) }],
    ['handles', { FAKE_HANDLES: '20000' }],
  ] as const) {
    it(`is replaced when it holds too much (${what})`, async () => {
      fake.open(env);
      for (let call = 0; call < 3; call += 1) expect(await ask()).toMatchObject(GOOD);
      expect(restarts()).toBe(2);
    });
  }

  it('is replaced where a NIC has another driver version, since .NET reads the list of counter sets once a process', async () => {
    const file = join(fake.folder, 'drivers.json');
    fake.open({ FAKE_DRIVERS: file });
    const withDrivers = async (status: string, ...versions: readonly string[]): Promise<void> => {
      const rows = versions.map((version) => {
        const [driverFileName, driverVersion] = version.split(' ');
        return { driverFileName, driverVersion };
      });
      writeFileSync(file, JSON.stringify({ status, rows }));
      await fake.reader.read('inventory', soon());
      expect(await ask()).toMatchObject(GOOD);
    };
    await withDrivers('ok', 'a.sys 1.0', 'vmswitch.sys 2.0');
    await withDrivers('ok', 'a.sys 1.0', 'vmswitch.sys 2.0');
    // One more of the same driver: a virtual NIC of the management OS
    await withDrivers('ok', 'a.sys 1.0', 'vmswitch.sys 2.0', 'vmswitch.sys 2.0');
    // What was not read whole says nothing.
    await withDrivers('partial', 'a.sys 1.0');
    await withDrivers('failed');
    expect(restarts()).toBe(0);
    await withDrivers('ok', 'a.sys 1.1', 'vmswitch.sys 2.0');
    expect(restarts()).toBe(1);
    await withDrivers('ok', 'a.sys 1.1', 'vmswitch.sys 2.0', 'b.sys 1.1');
    expect(restarts()).toBe(2);
    expect(fake.reader.stats()).toMatchObject({ restarts: { inventory: 0 }, calls: { activity: 7 } });
  });

  it('is replaced after the call that runs while the driver version changes', async () => {
    const file = join(fake.folder, 'drivers.json');
    fake.open({ FAKE_DRIVERS: file });
    const read = (version: string) => {
      const rows = [{ driverFileName: 'a.sys', driverVersion: version }];
      writeFileSync(file, JSON.stringify({ status: 'ok', rows }));
      return fake.reader.read('inventory', soon());
    };
    await read('1.0');
    // Its PowerShell starts during that time.
    const asked = ask();
    await read('1.1');
    expect(await asked).toMatchObject(GOOD);
    expect(await ask()).toMatchObject(GOOD);
    expect(restarts()).toBe(1);
  });

  it('runs at a lower priority than VMs', async () => {
    fake.open();
    await ask();
    const [pid] = fake.running();
    expect(getPriority(pid)).toBe(constants.priority.PRIORITY_BELOW_NORMAL);
  });

  it('is ended after the call where the part is polled seldom', async () => {
    fake.open();
    for (let call = 1; call <= 2; call += 1) {
      await fake.reader.read('config', soon());
      await vi.waitFor(() => expect(fake.running()).toEqual([]), 100_000);
    }
    expect(fake.reader.stats()).toMatchObject({ calls: { config: 2 }, restarts: { config: 0 } });
  });
});
