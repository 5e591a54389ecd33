import { isIP } from 'node:net';
import { quoted } from '../../errors.ts';
import { isFullPath } from '../../files/path.ts';
import { targetNameFault } from '../target-name.ts';

/** A server between this machine and a target, which forwards the connection. The key is the target's. */
export interface SshJump {
  readonly address: string;
  readonly port: number;
  readonly user: string;
}

/** A Hyper-V host that is read over SSH. */
export interface SshTarget extends SshJump {
  /** What it is called in messages, labels and folders */
  readonly name: string;
  /** Full path of the private key; with an agent, of the public key that picks one of the agent's keys */
  readonly keyFile?: string | undefined;
  /** Full path of the socket of an SSH agent, which holds the private key */
  readonly agent?: string | undefined;
  /** Full paths. Nothing but these files says which host key is the right one. */
  readonly knownHostsFiles: readonly string[];
  readonly jump?: SshJump | undefined;
}

export interface TargetFault {
  readonly keys: readonly (keyof SshTarget)[];
  readonly message: string;
}

const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const USER =
  /^(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,63}\\)?[A-Za-z0-9_][A-Za-z0-9._-]{0,63}(?:@[A-Za-z0-9][A-Za-z0-9.-]{0,252})?$/;

/**
 * A host name, or an IP address in full: `1` and `127.1` are addresses to ssh, and `user@host` and `ssh://host` would
 * override what is configured.
 */
function isAddress(text: string): boolean {
  if (isIP(text) !== 0) return !text.includes('%');
  const labels = text.split('.');
  return text.length <= 253 && /[A-Za-z]/.test(text) && labels.every((label) => LABEL.test(label));
}

/** ssh's configuration has quotes, which cannot be escaped in every version, and expands variables. */
const pathFault = (path: string, platform: NodeJS.Platform): string | undefined => {
  if (!isFullPath(path, platform)) return `${quoted(path)} is not a full path`;
  if (/\p{Cc}|"|\$\{/u.test(path) || (platform !== 'win32' && path.includes('\\')))
    return `${quoted(path)} has a character that ssh would not take as part of a path`;
  return undefined;
};

/** Everything about a target that ssh could take for something else. Empty: the target can be used. */
export function targetFaults(target: SshTarget, platform: NodeJS.Platform): readonly TargetFault[] {
  const faults: TargetFault[] = [];
  const add = (message: string | undefined, ...keys: (keyof SshTarget)[]): void => {
    if (message !== undefined) faults.push({ keys, message });
  };
  add(targetNameFault(target.name), 'name');
  for (const [hop, ...keys] of [
    [target],
    ...(target.jump === undefined ? [] : [[target.jump, 'jump'] as const]),
  ] as const) {
    if (!isAddress(hop.address))
      add(`${quoted(hop.address)} is neither a host name nor an IP address in full`, ...keys, 'address');
    if (!Number.isInteger(hop.port) || hop.port < 1 || hop.port > 65_535)
      add(`${hop.port} is not a port`, ...keys, 'port');
    if (!USER.test(hop.user))
      add(`${quoted(hop.user)} is not a valid user: name, DOMAIN\\name or name@domain`, ...keys, 'user');
  }
  if (target.keyFile === undefined && target.agent === undefined)
    add('neither a key file nor an agent: passwords are not used', 'keyFile', 'agent');
  if (target.knownHostsFiles.length === 0) add('no known_hosts file: host keys are always checked', 'knownHostsFiles');
  if (target.keyFile !== undefined) add(pathFault(target.keyFile, platform), 'keyFile');
  if (target.agent !== undefined) add(pathFault(target.agent, platform), 'agent');
  for (const file of target.knownHostsFiles) add(pathFault(file, platform), 'knownHostsFiles');
  return faults;
}
