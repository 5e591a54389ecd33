import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { OperationalError } from '../errors.ts';
import type { FileSecurity } from './boundary.ts';
import { ADMINISTRATORS, folderRights, INHERITED_RIGHTS, SYSTEM, TRUSTED_INSTALLER } from './rights.ts';

export interface DataFolder {
  readonly path: string;
  readonly serviceSid: string;
  /** SIDs of accounts whose files may be there: who installs, and the account of the service */
  readonly accounts: readonly string[];
  /** Take over what somebody else has made: owner and rights are set, links are refused */
  readonly takeOver: boolean;
}

/** What is in the data folder, and what the service may do there. */
const FOLDERS: readonly (readonly [name: string, 'reads' | 'changes'])[] = [
  ['config', 'reads'],
  ['state', 'changes'],
  ['logs', 'changes'],
];

/**
 * Makes the folders for configuration, state and logs so that nobody but administrators and the service can write there,
 * before anything is read from them.
 *
 * Every user may create folders under ProgramData. One that a user made before the installation is refused: its files
 * would decide what a privileged account does. No link is followed.
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
  // From here on nobody else can add anything: what is there already is looked at.
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
    `${path} belongs to ${descriptor.owner}, not to an administrator: somebody else made it before this installation. ` +
      'Look at it, then remove it, or run setup with --take-over (MSI: TAKE_OVER=1) to set its owner and rights',
  );
}

/** Paths of all files and folders below a folder. @throws OperationalError `link_refused` */
function* everythingIn(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink())
      throw new OperationalError('link_refused', `${path} is a link: links are not followed. Remove it`);
    yield path;
    if (entry.isDirectory()) yield* everythingIn(path);
  }
}
