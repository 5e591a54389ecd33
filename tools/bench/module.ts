import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import type { Figure } from './figure.ts';

const RUNS = 3;
const times = z.object({ inventory: z.number(), activity: z.number() });

function timesOf(vms: number): z.infer<typeof times> | undefined {
  const script = join('tools', 'bench', 'module.ps1');
  const modules = join(process.cwd(), 'src', 'collect', 'powershell');
  const args = ['-NoProfile', '-NonInteractive', '-File', script, modules, String(vms), String(RUNS)];
  const { error, stdout, stderr } = spawnSync('pwsh', args, {
    encoding: 'utf8',
    env: { ...process.env, TERM: 'dumb', NO_COLOR: '1' },
  });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') return undefined;
  if (stdout === '') throw new Error(`pwsh: ${stderr}`);
  return times.parse(JSON.parse(stdout));
}

/** The PowerShell module over functions that hand out ready objects: linear in VMs. Needs pwsh. */
export function bench(): Promise<Figure> {
  const small = timesOf(512);
  const large = timesOf(1024);
  if (small === undefined || large === undefined)
    return Promise.resolve({ name: 'the PowerShell module: not measured, there is no pwsh', ratios: {}, numbers: {} });
  return Promise.resolve({
    name: 'the PowerShell module, VMs with two vNICs each',
    ratios: {
      'inventory, 1,024 VMs against 512': { value: large.inventory / small.inventory, atMost: 2.3 },
      'activity, 1,024 VMs against 512': { value: large.activity / small.activity, atMost: 2.3 },
    },
    numbers: { 'ms, inventory of 1,024 VMs': large.inventory, 'ms, activity of 1,024 VMs': large.activity },
  });
}
