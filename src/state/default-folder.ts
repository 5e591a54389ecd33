import { accessSync, constants } from 'node:fs';
import { posix, win32 } from 'node:path';
import { errorText } from '../errors.ts';
import { makeStateFolder } from './state-file.ts';

const NAME = 'hyperv-sriov-exporter';

/**
 * Where state is kept if no folder is configured: of the account, as the system has it. Windows: %LOCALAPPDATA% (the
 * service has a folder of its own). Elsewhere: XDG Base Directory, $XDG_STATE_HOME or ~/.local/state. Agents of one
 * account that listen on different ports have different folders.
 * @returns undefined where the environment names no such place
 */
export function defaultFolder(
  platform: NodeJS.Platform,
  environment: Readonly<Record<string, string | undefined>>,
  port: number,
): string | undefined {
  const folder = `state-${port}`;
  if (platform === 'win32') {
    const local = Object.entries(environment).find(([name]) => name.toUpperCase() === 'LOCALAPPDATA')?.[1];
    return local === undefined || !win32.isAbsolute(local) ? undefined : win32.join(local, NAME, folder);
  }
  const { XDG_STATE_HOME: state, HOME: home } = environment;
  if (state !== undefined && posix.isAbsolute(state)) return posix.join(state, NAME, folder);
  return home !== undefined && posix.isAbsolute(home) ? posix.join(home, '.local', 'state', NAME, folder) : undefined;
}

/** Makes the folder, readable by this account only. @returns why it cannot be written; undefined where it can */
export function whyNotWritable(folder: string): string | undefined {
  try {
    makeStateFolder(folder);
    accessSync(folder, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}
