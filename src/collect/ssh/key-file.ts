import { accessSync, constants, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { errorText, OperationalError } from '../../errors.ts';
import { whyNoTextFile } from '../../files/text.ts';
import type { SshTarget } from './target.ts';

/** The account that this process, and so the OpenSSH client, runs as. */
export interface Account {
  readonly uid: number;
  /** Whether it has an entry in the user database (/etc/passwd and others); ssh does not start without one */
  readonly hasEntry: boolean;
}

/** What is looked at of a key file. */
export interface KeyFile {
  readonly owner: number;
  /** Permission bits */
  readonly mode: number;
  /** Why this account cannot read it; undefined where it can */
  readonly unreadable?: string | undefined;
  /** Why it is no key file for anybody: `is not a file` */
  readonly unfit?: string | undefined;
}

/** The account of this process; undefined on Windows, where ssh has other rules. */
export function currentAccount(): Account | undefined {
  const uid = process.getuid?.();
  if (uid === undefined) return undefined;
  try {
    return { uid, hasEntry: userInfo().uid === uid };
  } catch {
    // libuv: ENOENT where there is no entry
    return { uid, hasEntry: false };
  }
}

/** What is there, or why nothing can be found: no such file, or a folder that cannot be entered */
function look(path: string): KeyFile | string {
  try {
    const { uid, mode } = statSync(path);
    return { owner: uid, mode: mode & 0o777, unreadable: whyUnreadable(path), unfit: whyNoTextFile(path) };
  } catch (error) {
    return errorText(error);
  }
}

function whyUnreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}

/** What every target has in common: why ssh would not start for this account. */
export function accountFault(account: Account | undefined): string | undefined {
  if (account === undefined || account.hasEntry) return undefined;
  return `user id ${account.uid} has no entry in /etc/passwd, and ssh does not start without one: run the collector as a user that has one. In the image that is node, user id 1000 (runAsUser: 1000, docker run --user 1000)`;
}

/**
 * Why ssh would not use a key file, and how to fix it. ssh looks at the mode only where the account owns the file
 * (sshkey_perm_ok in authfile.c): then nobody else may have any right.
 * @param found what is there, or why there is nothing
 */
export function keyFileFault(path: string, found: KeyFile | string, account: Account): string | undefined {
  if (typeof found === 'string')
    return `the key ${path} is not there for user id ${account.uid} (${found}): create it, or mount it where the configuration names it`;
  const { owner, mode, unreadable, unfit } = found;
  if (unfit !== undefined) return `the key ${path} ${unfit}: name the file of a private key`;
  const rights = mode.toString(8).padStart(4, '0');
  if (unreadable !== undefined)
    return owner === account.uid
      ? `the key ${path} has mode ${rights}, and its owner may not read it: chmod 600 ${path}`
      : `the key ${path} belongs to user id ${owner} with mode ${rights}, and user id ${account.uid} cannot read it: chown it to ${account.uid} with mode 0600, or give it a group of the collector and mode 0440 (Kubernetes: fsGroup and defaultMode: 0440 of the Secret's volume)`;
  if (owner === account.uid && (mode & 0o077) !== 0)
    return `the key ${path} belongs to user id ${owner}, with mode ${rights}: ssh refuses a key of its own account that others may read. chmod 600 ${path}, or let another user own it, such as root with mode 0440`;
  return undefined;
}

/** With an agent the file is a public key, which has no mode to keep. */
const privateKey = ({ keyFile, agent }: SshTarget): string | undefined => (agent === undefined ? keyFile : undefined);

/** Everything about account and key files that keeps ssh from using the keys of these targets. Each file is looked at once. */
export function keyFaults(targets: readonly SshTarget[], account = currentAccount()): readonly string[] {
  if (targets.length === 0 || account === undefined) return [];
  const paths = new Set(targets.flatMap((target) => privateKey(target) ?? []));
  const faults = [...paths].flatMap((path) => keyFileFault(path, look(path), account) ?? []);
  const ofAccount = accountFault(account);
  return ofAccount === undefined ? faults : [ofAccount, ...faults];
}

/**
 * Why known_hosts files of these targets cannot be used. Without them every host key is unknown, so that no target is
 * connected to. Each file is looked at once.
 * @param trustCommand the command that prints the host key of a target
 */
export function knownHostsFaults(
  targets: readonly SshTarget[],
  trustCommand: (name: string) => string,
): readonly string[] {
  const readers = new Map(
    targets.toReversed().flatMap(({ name, knownHostsFiles }) => knownHostsFiles.map((path) => [path, name] as const)),
  );
  return [...readers].flatMap(([path, name]) => {
    const why = whyUnreadable(path) ?? whyNoTextFile(path);
    return why === undefined
      ? []
      : [
          `the known_hosts file ${path} cannot be read (${why}): without it no host key is known and no host is connected to. \`${trustCommand(name)}\` prints the line of ${name}`,
        ];
  });
}

/**
 * Refuses to start where no target can be read: ssh does not start for this account, or can use none of the keys. A key
 * of some targets is their trouble alone, which their state says.
 * @throws {OperationalError} `user_id_unknown`, `key_unusable`
 */
export function assertKeysUsable(targets: readonly SshTarget[], account = currentAccount()): void {
  if (targets.length === 0 || account === undefined) return;
  const fault = accountFault(account);
  if (fault !== undefined) throw new OperationalError('user_id_unknown', fault);
  const usable = targets.some((target) => {
    const path = privateKey(target);
    return path === undefined || keyFileFault(path, look(path), account) === undefined;
  });
  if (!usable) throw new OperationalError('key_unusable', keyFaults(targets, account).join('\n'));
}

/**
 * Refuses files that ssh, which opens them itself, would wait for or read without end.
 * @throws {OperationalError} `known_hosts_unreadable`; not where there is no file
 */
export function assertKnownHosts(file: string): void {
  const unfit = whyNoTextFile(file);
  if (unfit !== undefined)
    throw new OperationalError('known_hosts_unreadable', `the known_hosts file ${file} ${unfit}`);
}
