import { statSync } from 'node:fs';
import { systemClock } from '../../../clock.ts';
import { shipped } from '../../../shipped.ts';
import { type Check, failed, ok, type Outcome } from '../check.ts';

/** Files may come from a machine in another time zone that writes local time (zip does). */
const TOLERANCE_MS = 26 * 3_600_000;

/** A clock that is before the program's own files is wrong, or they are from the future. Pure. */
export function clockOutcome(now: number, installed: number): Outcome {
  const time = new Date(now).toISOString();
  return now + TOLERANCE_MS < installed
    ? failed(
        `the clock shows ${time}, which is before this program was installed (${new Date(installed).toISOString()})`,
        'set the clock: w32tm /resync; a host must not take its time from its own guest',
      )
    : ok(`${time} is plausible; compare it with that of Prometheus`);
}

/** Whether the clock of this machine is plausible. */
export const clock: Check = {
  id: 'clock',
  title: 'Clock',
  run: () => clockOutcome(systemClock.now(), statSync(shipped('../package.json')).mtimeMs),
};
