import { desktopOnlyFault, type Greeting } from '../../../collect/powershell/handshake.ts';
import { type Check, failed, ok, type Outcome } from '../check.ts';

/** Pure. */
export function editionsOutcome(greeting: Greeting): Outcome {
  const fault = desktopOnlyFault(greeting);
  return fault === undefined
    ? ok('PowerShell loads them natively')
    : failed(fault, 'leave powershell.executable unset, so that Windows PowerShell 5.1 is used');
}

/** Whether this PowerShell can load the modules that are needed. */
export const moduleEditions: Check = {
  id: 'module_editions',
  title: "Edition of Windows' modules",
  needs: ['module'],
  run: async (inspection) => editionsOutcome(await inspection.modulePath()),
};
