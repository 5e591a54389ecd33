import { expect, it } from 'vitest';
import { openOneShot } from '../../src/cli/one-shot.ts';
import { loadConfig } from '../../src/config/load.ts';
import { printStep } from '../../src/diagnosis/powershell.ts';

const HALF_HOUR = 30 * 60_000;

it('VM queue advice needs a day of the demo host', async () => {
  const loaded = loadConfig({
    flags: new Map([
      ['source', 'demo'],
      ['demo.scenario', 'vmq-starved'],
    ]),
    environment: {},
  });
  const host = await openOneShot(loaded, { environment: {}, platform: 'linux', version: '' });
  let view = await host.settle();
  for (let halfHours = 0; halfHours < 47; halfHours += 1) {
    await host.wait(HALF_HOUR);
    view = await host.read('inventory', 'activity');
  }
  expect(view.diagnosis.vmqAdvice).toEqual([]);
  for (let more = 0; more < 3; more += 1) {
    await host.wait(HALF_HOUR);
    view = await host.read('inventory', 'activity');
  }
  await host.close();
  const [first] = view.diagnosis.vmqAdvice;
  expect(first).toMatchObject({
    holder: { vm: expect.any(String) as string },
    text: expect.stringMatching(
      /^(\S+) \(Network Adapter\) has a VM queue of vSwitch_LAN02 and received \d+ packets\/s over 24 hours; (\S+) \(Network Adapter\) received \d{4,} packets\/s and has no queue\. /,
    ) as string,
  });
  expect(first!.plan.map(printStep).map(({ command }) => command)).toEqual([
    `Set-VMNetworkAdapter -VMName '${first!.holder.vm}' -Name 'Network Adapter' -VmqWeight 0`,
    `Set-VMNetworkAdapter -VMName '${first!.starved.vm}' -Name 'Network Adapter' -VmqWeight 100`,
  ]);
  expect(first!.holder.receivePacketsPerSecond * 10).toBeLessThan(first!.starved.receivePacketsPerSecond);
  const wasted = [...view.diagnosis.vnics.values()].flatMap(({ findings }) =>
    findings.filter(({ id }) => id === 'vmq_wasted'),
  );
  expect(wasted).toHaveLength(view.diagnosis.vmqAdvice.length);
});
