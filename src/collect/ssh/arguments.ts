import { BugError, UserError } from '../../errors.ts';
import { type SshTarget, targetFaults } from './target.ts';

/**
 * The command that ssh asks the host to run. The host runs the forced command instead. If there is no forced command, the
 * host finds no such program and the connection ends at once with an exit code, instead of waiting in a shell.
 */
export const REMOTE_COMMAND = 'hyperv-sriov-exporter-session';

/** The jump host's name in the file that describes it. */
const JUMP = 'hyperv-sriov-exporter-jump';

/** Whether ssh can use this path: ssh starts the client for a jump host through a shell and does not quote the path. */
export const isJumpFile = (file: string): boolean => /^[A-Za-z0-9._/\\:-]+$/.test(file);

/** A path for ssh's configuration: quoted, without expansion of tokens. ssh on Windows accepts slashes too. */
const path = (text: string): string => `"${text.replaceAll('%', '%%').replaceAll('\\', '/')}"`;

/**
 * Options of ssh_config(5) for the target and its jump host. The configuration of the user and of the system is not read.
 * Host keys come from the given files only, the only way to log in is a key, and nothing is forwarded or run.
 */
const options = ({ keyFile, agent, knownHostsFiles }: SshTarget): readonly string[] => [
  'BatchMode=yes',
  'StrictHostKeyChecking=yes',
  `UserKnownHostsFile=${knownHostsFiles.map(path).join(' ')}`,
  'GlobalKnownHostsFile=none',
  'UpdateHostKeys=no',
  'VerifyHostKeyDNS=no',
  'CanonicalizeHostname=no',
  // Without a key file all keys of the agent are offered.
  `IdentitiesOnly=${keyFile === undefined ? 'no' : 'yes'}`,
  `IdentityFile=${keyFile === undefined ? 'none' : path(keyFile)}`,
  `IdentityAgent=${agent === undefined ? 'none' : path(agent)}`,
  'PreferredAuthentications=publickey',
  'PasswordAuthentication=no',
  'KbdInteractiveAuthentication=no',
  'ForwardAgent=no',
  'ForwardX11=no',
  'ClearAllForwardings=yes',
  'Tunnel=no',
  'PermitLocalCommand=no',
  'ControlMaster=no',
  'ControlPath=none',
  'EscapeChar=none',
  'ConnectionAttempts=1',
  'ConnectTimeout=15',
  'ServerAliveInterval=10',
  'ServerAliveCountMax=2',
  'LogLevel=ERROR',
];

function assertTarget(target: SshTarget, platform: NodeJS.Platform): void {
  const [fault] = targetFaults(target, platform);
  if (fault !== undefined) throw new UserError(`target ${target.name}: ${fault.message}`);
}

/**
 * The arguments of the OpenSSH client for a target.
 * @param jumpFile full path of a file with the text of `jumpConfiguration`, for a target with a jump host
 * @throws {UserError} if a value of the target could become an option, a command or another address
 */
export function sshArguments(target: SshTarget, platform: NodeJS.Platform, jumpFile?: string): readonly string[] {
  assertTarget(target, platform);
  if (target.jump !== undefined && (jumpFile === undefined || !isJumpFile(jumpFile)))
    throw new BugError(`no file that describes the jump host of ${target.name}: ${jumpFile}`);
  const proxy = target.jump === undefined ? 'ProxyCommand=none' : `ProxyJump=${JUMP}`;
  return [
    '-F',
    target.jump === undefined ? 'none' : (jumpFile ?? ''),
    '-T',
    '-p',
    String(target.port),
    '-l',
    target.user,
    ...[...options(target), proxy].flatMap((option) => ['-o', option]),
    '--',
    target.address,
    REMOTE_COMMAND,
  ];
}

/** A configuration file with the target's jump host only; undefined if it has no jump host. @throws {UserError} */
export function jumpConfiguration(target: SshTarget, platform: NodeJS.Platform): string | undefined {
  assertTarget(target, platform);
  const { jump } = target;
  if (jump === undefined) return undefined;
  const lines = [
    `HostName=${jump.address}`,
    `Port=${jump.port}`,
    `User=${jump.user}`,
    ...options(target),
    'ProxyCommand=none',
  ];
  return [`Host ${JUMP}`, ...lines.map((line) => `  ${line}`), ''].join('\n');
}
