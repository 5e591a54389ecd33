import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { OperationalError } from '../errors.ts';
import { whileHeld } from './held-file.ts';
import { replaceFile } from './replace-file.ts';

/** Files of the state folder hold names of VMs: only the agent's account may read them. Windows uses the rights of the folder. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** Windows has no such flag; there the check before the call is all. */
const NO_FOLLOW = 'O_NOFOLLOW' in constants ? constants.O_NOFOLLOW : 0;
/** Many times what the agent writes */
const MAX_BYTES = 256 * 1_048_576;

/** Creates the state folder, readable by this account only, unless it exists. */
export const makeStateFolder = (folder: string): void => void mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });

/**
 * Whether a file of the state folder exists.
 * @throws OperationalError `state_file_refused` for a link, a device or a folder: an account that may write to the state
 * folder could make the agent read or overwrite another file
 */
export function stateFileExists(path: string): boolean {
  const about = lstatSync(path, { throwIfNoEntry: false });
  if (about === undefined) return false;
  if (about.isFile()) return true;
  const kind = about.isSymbolicLink() ? 'a link, and links are not followed' : 'not a regular file';
  throw new OperationalError('state_file_refused', `${path} is ${kind}: remove it, the agent then creates a file`);
}

/** Opens a file of the state folder. @throws as stateFileExists, or the error of Node */
export function openStateFile(path: string, flags: number): number {
  stateFileExists(path);
  const file = openSync(path, flags | NO_FOLLOW, FILE_MODE);
  const { mode, uid } = fstatSync(file);
  // A file of an earlier version may be readable by others. Windows has no such ids.
  if ((mode & 0o777) !== FILE_MODE && uid === process.geteuid?.()) fchmodSync(file, FILE_MODE);
  return file;
}

/**
 * Creates a file of the state folder with this content.
 * @returns false if the file, or a link of its name, exists already
 */
export function createStateFile(path: string, content: string): boolean {
  let file: number;
  try {
    file = openSync(path, 'wx', FILE_MODE);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
  try {
    writeSync(file, content);
    return true;
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/**
 * The content of a file of the state folder; undefined if there is none.
 * @throws as stateFileExists, or the error of Node
 */
export async function readStateFile(folder: string, name: string, maxBytes = MAX_BYTES): Promise<Buffer | undefined> {
  const path = join(folder, name);
  if (!stateFileExists(path)) return undefined;
  const file = await whileHeld(() => open(path, constants.O_RDONLY | NO_FOLLOW));
  try {
    const { size } = await file.stat();
    if (size > maxBytes)
      throw new OperationalError('state_file_refused', `${path} has ${size} bytes, more than the agent writes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Replaces a file of the state folder: completely or not at all. @throws as stateFileExists, or the error of Node */
export async function writeStateFile(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  const path = join(folder, name);
  stateFileExists(path);
  await replaceFile(path, content, FILE_MODE);
}
