import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { followEnd } from '../collect/child-end.ts';
import { inSystem32 } from '../collect/powershell/environment.ts';
import { errorText, OperationalError, UserError } from '../errors.ts';
import { readTextFile } from '../files/text.ts';
import { tail } from '../text/redact.ts';
import { shipped } from '../shipped.ts';
import type { CommandContext } from './context.ts';

/** The flags of `setup --ssh`. */
export interface SshSetup {
  /** File with the collector's public key */
  readonly publicKey?: string | undefined;
  /** Addresses of the collector */
  readonly from?: string | undefined;
  /** Account that the collector logs on as */
  readonly user?: string | undefined;
  readonly port?: string | undefined;
  readonly whatIf?: boolean | undefined;
  readonly undo?: boolean | undefined;
}

const STDERR_TAIL = 2000;

/**
 * Arguments of the PowerShell that runs setup-ssh.ps1, which checks every value itself.
 * @throws {UserError} where the key file cannot be read, or key and addresses are missing
 */
export function sshSetupArguments(script: string, setup: SshSetup): readonly string[] {
  const words = ['-NoLogo', '-NoProfile', '-NonInteractive', '-File', script];
  if (setup.undo === true) words.push('-Undo');
  else {
    if (setup.publicKey === undefined || setup.from === undefined)
      throw new UserError('setup --ssh needs --public-key FILE and --from ADDRESSES of the collector');
    words.push('-PublicKey', readKey(setup.publicKey), '-From', setup.from);
  }
  if (setup.user !== undefined) words.push('-User', setup.user);
  if (setup.port !== undefined) words.push('-Port', setup.port);
  if (setup.whatIf === true) words.push('-WhatIf');
  return words;
}

function readKey(file: string): string {
  let text: string;
  try {
    text = readTextFile(file);
  } catch (error) {
    throw new UserError(`the public key cannot be read: ${errorText(error)}`);
  }
  if (text.includes('PRIVATE KEY'))
    throw new UserError(`${file} is a private key: it stays on the collector; give the file that ends in .pub`);
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const [key] = lines;
  if (key === undefined || lines.length > 1) throw new UserError(`${file} must hold one public key on one line`);
  return key;
}

/** `setup --ssh`: lets a collector read this host over SSH; see setup-ssh.ps1, which a host without this program can run itself. */
export async function setUpSsh(context: CommandContext, setup: SshSetup): Promise<void> {
  const script = fileURLToPath(shipped('collect/powershell/setup-ssh.ps1'));
  const words = sshSetupArguments(script, setup);
  if (context.platform !== 'win32')
    throw new OperationalError('not_windows', 'setup --ssh is possible on Windows only');
  const powershell = inSystem32(context.environment, 'WindowsPowerShell', 'v1.0', 'powershell.exe');
  const child = spawn(powershell, words, { windowsHide: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => context.out(chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said = tail(said + chunk, STDERR_TAIL)));
  let ending = '';
  await new Promise<void>((resolve) => {
    followEnd(child, { exited: (how) => (ending = how), drained: resolve });
  });
  if (child.exitCode !== 0) throw new OperationalError('setup_ssh_failed', `setup-ssh.ps1 ${ending}: ${said.trim()}`);
}
