import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import type { Tristate } from '../tristate.ts';

/** Which process on which system; a process id alone is used again. */
export const processIdentity = z.object({
  pid: z.number().int().positive(),
  host: z.string().max(255),
  /** Linux: the boot of the kernel and the namespace that the id belongs to */
  world: z.string().max(200).optional(),
  /** Linux: start of the process, in clock ticks since the boot */
  started: z.string().max(30).optional(),
});
export type ProcessIdentity = z.infer<typeof processIdentity>;

/** The identity of this process. */
export const ownIdentity = (): ProcessIdentity => ({
  pid: process.pid,
  host: hostname(),
  world: worldOf(),
  started: startOf(process.pid),
});

/** Whether this process still runs; undefined if that cannot be known from here: another system, or an id used again. */
export function isRunning({ pid, host, world, started }: ProcessIdentity): Tristate {
  if (world !== undefined && started !== undefined && world === worldOf()) return startOf(pid) === started;
  return world === undefined && host === hostname() && !exists(pid) ? false : undefined;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** proc(5): /proc/sys/kernel/random/boot_id is new at each boot, ns/pid is the same for all processes of a container. */
function worldOf(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

/** proc(5): `starttime`, field 22 of stat. A process that has ended and was not waited for (state Z) does not run. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in parentheses, which may hold anything.
    const [state, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : fields[18];
  } catch {
    return undefined;
  }
}
