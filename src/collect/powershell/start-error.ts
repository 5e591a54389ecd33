import { OperationalError } from '../../errors.ts';
import type { ChildOptions } from './child.ts';

/**
 * Why a session did not start, for the person who can change it. `stderr` is what PowerShell wrote; its ids
 * (FullyQualifiedErrorId, link numbers) are the same in every language of Windows, its sentences are not.
 */
export function explainStart(error: unknown, stderr: string, options: ChildOptions): unknown {
  if (!(error instanceof OperationalError) || error.code !== 'frame_missing') return error;
  const said = stderr.replaceAll(/\s+/g, ' ').trim().slice(0, 500);
  // Windows PowerShell wraps its text at the console's width, also inside an id.
  const ids = stderr.replaceAll(/\s+/g, '');
  const path = options.env['PSModulePath'] ?? '';
  if (/PSSecurityException|UnauthorizedAccess,|LinkID=135170|executionpolic/i.test(ids)) {
    return new OperationalError(
      'module_blocked',
      `The execution policy of this host blocks the collector module HyperVSriov. Sign it or allow it by policy (RemoteSigned is enough). PowerShell says: ${said}`,
    );
  }
  if (/Modules_ModuleNotFound|novalidmodulefile/i.test(ids)) {
    return new OperationalError(
      'module_not_found',
      `The collector module HyperVSriov is not in PSModulePath (${path})`,
    );
  }
  return new OperationalError(
    'module_not_loaded',
    `The collector module HyperVSriov did not load. PowerShell says: ${said || 'nothing'}`,
  );
}
