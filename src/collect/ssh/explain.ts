import { OperationalError } from '../../errors.ts';
import { tail } from '../../text/redact.ts';
import { lacksRoom } from '../child-end.ts';
import { explainRefusal } from '../powershell/local-served.ts';
import type { ServedEnd } from '../powershell/served.ts';
import type { SshTarget } from './target.ts';

/** How much of the output is quoted: its end, where ssh prints the error. */
const RAW_LENGTH = 800;
/** White space in it is shortened, which takes time for all that a host may print. */
const LOOKED_AT = 16 * 1024;
/** Exit code of ssh for its own failures */
const SSH_FAILED = 255;

interface Rule {
  readonly code: string;
  readonly pattern: RegExp;
  /** What it means and what to do */
  readonly text: (target: SshTarget, match: RegExpExecArray, trustCommand: string) => string;
}

const files = ({ knownHostsFiles }: SshTarget): string => knownHostsFiles.join(', ');
const place = ({ address, port }: SshTarget): string => `${address} port ${port}`;
const COMPARE =
  'compare its fingerprint with the one that `ssh-keygen -lf C:\\ProgramData\\ssh\\ssh_host_ed25519_key.pub` prints on the host';

/** How to see the key that a host offers. Behind a jump host only its console shows it. */
const howToSee = ({ address, port, jump }: SshTarget, trustCommand: string): string => {
  if (jump === undefined) return `\`${trustCommand}\` prints it and the line to add`;
  return jump.address === address
    ? `\`ssh-keyscan -p ${port} ${address}\` prints it as a line to add`
    : 'its line is the name, then what C:\\ProgramData\\ssh\\ssh_host_ed25519_key.pub on the host says';
};

/** The first rule that matches decides. The patterns are messages of ssh, which are in English on every system. */
const RULES: readonly Rule[] = [
  {
    code: 'user_id_unknown',
    pattern: /No user exists for uid (\d+)/,
    text: (_, [, uid]) =>
      `ssh does not start for user id ${uid}, which has no entry in /etc/passwd: run as a user that has one`,
  },
  {
    code: 'host_key_revoked',
    pattern: /REVOKED HOST KEY DETECTED|is marked as revoked/,
    text: (target) =>
      `its host key is marked as @revoked in ${files(target)}: do not connect until the host has a new key`,
  },
  {
    code: 'host_key_changed',
    pattern: /HOST IDENTIFICATION HAS CHANGED|Host key for \S+ has changed/,
    text: (target) =>
      `its host key is not the one in ${files(target)}. If the host was reinstalled, ${COMPARE}, then replace the line that ssh names. If not, somebody else answers at this address`,
  },
  {
    code: 'host_key_unknown',
    pattern: /No (\S+) host key is known for|Host key verification failed/,
    text: (target, _, trustCommand) =>
      `its host key is not in ${files(target)}: ${howToSee(target, trustCommand)}, ${COMPARE}, then add the line`,
  },
  {
    code: 'key_unusable',
    pattern:
      /UNPROTECTED PRIVATE KEY FILE|bad permissions|Load key .*: (?!Permission denied \()|Identity file \S+ not accessible/,
    text: ({ keyFile }) =>
      `the key ${keyFile ?? ''} cannot be used: it must exist, be readable by this account and by nobody else, be a private key of OpenSSH and have no passphrase`,
  },
  {
    code: 'key_refused',
    pattern: /Permission denied|Too many authentication failures|no more authentication methods/i,
    text: ({ user, keyFile, agent }) =>
      `the host refuses ${keyFile === undefined ? `the keys of the agent ${agent}` : `the key ${keyFile}`} for ${user}. On the host: is its public key in the account's authorized_keys (for an administrator C:\\ProgramData\\ssh\\administrators_authorized_keys), is from="…" this address, is the file writable by administrators only, is the account allowed (AllowUsers, AllowGroups)? A key with a passphrase needs an agent`,
  },
  {
    code: 'name_unknown',
    pattern: /Could not resolve hostname/,
    text: ({ address }) => `the name ${address} has no address: check the name and this machine's DNS`,
  },
  {
    code: 'connection_refused',
    pattern: /Connection refused/,
    text: (target) => `nothing listens on ${place(target)}: on the host \`Start-Service sshd\`, or check the port`,
  },
  {
    code: 'connect_timeout',
    pattern: /Connection timed out|Operation timed out|No route to host|Network is unreachable|Host is down/,
    text: (target) =>
      `${place(target)} does not answer: is the host up, does its firewall let this machine through, does sshd run`,
  },
  {
    code: 'no_common_algorithm',
    pattern: /Unable to negotiate with|no matching/,
    text: () => 'host and client have no algorithm in common: update OpenSSH on the host',
  },
  {
    code: 'connection_closed',
    pattern: /Connection closed|Connection reset|kex_exchange_identification|Broken pipe/,
    text: () =>
      'the host ended the connection before the session: on the host look at the log OpenSSH/Operational (MaxStartups, host keys that sshd cannot read, a service that is not SSH)',
  },
];

/** What messages about a connection name. */
export interface SshNames {
  /** Full path of the OpenSSH client */
  readonly executable: string;
  /** The command that prints the host key of the target, as a person can paste it */
  readonly trustCommand: string;
}

/** Says why there is no session with a target and what to do. Quotes the end of ssh's output. */
export function explainSsh(
  target: SshTarget,
  { executable, trustCommand }: SshNames,
  end: ServedEnd,
): OperationalError {
  // An incomplete frame is not readable, so it is not quoted.
  const [printed = ''] = end.stdout.split('@HVSRIOV', 1);
  const output = [printed.slice(-LOOKED_AT), end.stderr].join('\n').replaceAll(/\s+/g, ' ').trim();
  const raw = output === '' ? 'nothing' : tail(output, RAW_LENGTH);
  const over = target.jump === undefined ? '' : ` over ${target.jump.address} port ${target.jump.port}`;
  const fault = (code: string, text: string): OperationalError =>
    new OperationalError(code, `${target.name} (${place(target)}${over}): ${text}. ssh ${end.ending} and said: ${raw}`);
  if (!end.started) {
    const text = `The OpenSSH client cannot be started from ${executable} (${end.ending})`;
    return lacksRoom(end.ending)
      ? new OperationalError('ssh_not_started', `${text}. It is tried again`)
      : new OperationalError('ssh_not_found', `${text}: install it (Debian: openssh-client), or give its full path`);
  }
  if (end.greeted) return fault('link_lost', 'the connection was lost; the next poll connects again');
  const refusal = explainRefusal(end, 'HyperVSriov.psd1 in the folder of session.ps1');
  if (refusal !== undefined) return fault(refusal.code, refusal.message);
  // ssh names the address that its message is about.
  const { jump } = target;
  const atJump = jump !== undefined && end.stderr.includes(jump.address);
  const hop = atJump ? { ...target, ...jump } : target;
  const of = atJump ? `at the jump host ${jump.address}: ` : '';
  for (const { code, pattern, text } of end.exitCode === SSH_FAILED ? RULES : []) {
    const match = pattern.exec(end.stderr);
    if (match !== null) return fault(code, of + text(hop, match, trustCommand));
  }
  if (end.exitCode === SSH_FAILED) return fault('connect_failed', 'there is no connection');
  return fault(
    'session_not_served',
    'the key is accepted, but something other than the session answers: is command="…" with the full path of session.ps1 before the key in authorized_keys, and does that file exist? Run setup-ssh.ps1 on the host again',
  );
}
