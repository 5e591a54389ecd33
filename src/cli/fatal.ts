import { OperationalError } from '../errors.ts';
import type { PollOutcome } from '../poll/store.ts';

/** Error codes that no further poll can fix: a person must install what is missing. */
const HOPELESS = /^(?:powershell_not_found|module_|constrained_language|protocol_mismatch|document_too_new)/;

/** The error of a machine without Hyper-V. */
export const noHyperV = () =>
  new OperationalError(
    'no_hyperv',
    'this machine has no Hyper-V: run on a Hyper-V host, or use --source demo (a simulated host) or --source replay --replay.file FILE (a recording)',
  );

/** Why the agent cannot continue after the first inventory poll; undefined if it can. */
export function fatalCause({ cause, document }: PollOutcome): Error | undefined {
  if (cause instanceof OperationalError && HOPELESS.test(cause.code)) return cause;
  const inventory: Readonly<Record<string, { readonly status: string } | undefined>> | undefined = document?.sources;
  return inventory?.['vm_host']?.status === 'unsupported' ? noHyperV() : undefined;
}
