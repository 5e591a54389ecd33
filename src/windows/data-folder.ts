import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { OperationalError } from '../errors.ts';
import type { FileSecurity } from './boundary.ts';
import { ADMINISTRATORS, folderRights, INHERITED_RIGHTS, SYSTEM, TRUSTED_INSTALLER } from './rights.ts';

export interface DataFolder {
  readonly path: string;
  readonly serviceSid: string;
  /** SIDs of accounts that may own existing files: the installing account and that of the service */
  readonly accounts: readonly string[];
  /** Whether to set owner and rights of files that another account has created. Links are refused in any case */
  readonly takeOver: boolean;
}

/** The folders in the data folder, and the rights of the service in each. */
const FOLDERS: readonly (readonly [name: string, 'reads' | 'changes'])[] = [
  ['config', 'reads'],
  ['state', 'changes'],
  ['logs', 'changes'],
];

/**
 * Creates the folders for configuration, state and logs, before anything is read from them. Only administrators and the
 * service can write to them.
 *
 * Every user can create folders in ProgramData. A folder that a user created before the installation is refused, because
 * its files would control what a privileged account does. Links are not followed.
 * @throws OperationalError `data_folder_not_ours`, `link_refused`
 */
export function secureDataFolder(files: FileSecurity, folder: DataFolder): void {
  const { path, serviceSid, takeOver } = folder;
  const rights = folderRights(serviceSid, 'reads');
  if (!files.createFolder(path, rights)) {
    assertOurs(files, path, folder);
    files.protect(path, rights);
  }
  for (const [name, service] of FOLDERS) {
    const below = join(path, name);
    if (files.createFolder(below, folderRights(serviceSid, service))) continue;
    assertOurs(files, below, folder);
    files.protect(below, folderRights(serviceSid, service));
  }
  // From here on no other account can add files. Now the existing files are checked.
  const own = new Set(FOLDERS.map(([name]) => join(path, name)));
  for (const each of everythingIn(path)) {
    if (own.has(each)) continue;
    assertOurs(files, each, folder);
    if (takeOver) files.protect(each, INHERITED_RIGHTS);
  }
}

function assertOurs(files: FileSecurity, path: string, { serviceSid, accounts, takeOver }: DataFolder): void {
  const descriptor = files.describe(path);
  if (descriptor === undefined || takeOver) return;
  const trusted = [SYSTEM, ADMINISTRATORS, TRUSTED_INSTALLER, serviceSid, ...accounts];
  if (trusted.includes(descriptor.owner)) return;
  throw new OperationalError(
    'data_folder_not_ours',
    `${path} belongs to ${descriptor.owner}, not to an administrator: another account created it before this installation. ` +
      'Check its content, then remove it, or run setup with --take-over (MSI: TAKE_OVER=1) to set its owner and rights',
  );
}

/** Yields the paths of all files and folders below a folder. @throws OperationalError `link_refused` */
function* everythingIn(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink())
      throw new OperationalError('link_refused', `${path} is a link: links are not followed. Remove it`);
    yield path;
    if (entry.isDirectory()) yield* everythingIn(path);
  }
}
