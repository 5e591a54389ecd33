import { type Check, failed, ok, type Outcome } from '../check.ts';

/** Whether a policy lets modules run; whether it lets this one is seen by loading it. Pure. */
export function policyOutcome(policy: string): Outcome {
  if (policy === 'Restricted' || policy === 'Undefined')
    return failed(
      `${policy}: no module may run`,
      'Set-ExecutionPolicy RemoteSigned (or by Group Policy), the default of servers',
    );
  if (policy === '')
    return failed('PowerShell did not report its execution policy', 'run Get-ExecutionPolicy -List in it');
  return ok(policy === 'AllSigned' ? 'AllSigned: the modules must be signed by a trusted publisher' : policy);
}

/** Whether the execution policy lets the module load. */
export const executionPolicy: Check = {
  id: 'execution_policy',
  title: 'Execution policy',
  needs: ['powershell'],
  run: async (inspection) => policyOutcome((await inspection.about()).executionPolicy),
};
