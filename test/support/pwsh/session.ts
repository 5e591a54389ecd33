import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { moduleFolder, stubFolder } from './module.ts';

/**
 * Installs what serves a session in `folder`, as on a host: session.ps1 and the module, beside the stub modules, which
 * stand for Windows' own since this folder is the first that session.ps1 loads modules from.
 */
export function installSession(folder: string): void {
  for (const name of ['session.ps1', 'HyperVSriov'])
    cpSync(join(moduleFolder, name), join(folder, name), { recursive: true });
  cpSync(stubFolder, folder, { recursive: true });
}
