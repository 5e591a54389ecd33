import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { NODE_FLAGS } from '../../src/node-flags.ts';
import { freePort } from '../../test/support/servers/port.ts';
import type { Figure } from './figure.ts';

const MEMORY_MB = 120;
const FIRST_SCRAPE_MS = 1000;
const SECONDS = 75;

/** The service as started by a user, on a host of some 60 running VMs, polled at its default intervals and scraped every second. */
export async function bench(): Promise<Figure> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const flags = ['--source', 'demo', '--demo.scenario', 'healthy', '--web.listen-address', `127.0.0.1:${port}`];
  const child = spawn(process.execPath, [...NODE_FLAGS, 'dist/main.js', 'serve', ...flags], { stdio: 'ignore' });
  const metrics = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();
  try {
    const ready = async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.status === 200;
    while (!(await ready())) await sleep(20);
    const polled = performance.now();
    while (!(await metrics()).includes('hyperv_vnic_info{')) await sleep(5);
    const firstScrape = performance.now() - polled;
    let [resident, vms] = [0, 0];
    for (let second = 0; second < SECONDS; second++) {
      await sleep(1000);
      const text = await metrics();
      resident = Math.max(resident, Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]));
      vms = text.match(/^hyperv_vm_running\{.* 1$/gm)?.length ?? 0;
    }
    return {
      name: `the service on a host of ${vms} running VMs`,
      ratios: {
        'resident memory against 120 MB': { value: resident / 1e6 / MEMORY_MB, atMost: 1 },
        'first scrape after the first poll against 1 s': { value: firstScrape / FIRST_SCRAPE_MS, atMost: 1 },
      },
      numbers: { 'resident, most that was seen, MB': resident / 1e6, 'first whole scrape, ms': firstScrape },
    };
  } finally {
    child.kill();
    await once(child, 'exit');
  }
}
