import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sshd } from '../servers/sshd.ts';
import { tool } from '../tools.ts';
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

/**
 * Makes the session that is installed in `program` the forced command of the server's key, as setup-ssh.ps1 writes it but
 * for the paths.
 * @param host file of the stub host that it reads
 * @param limits parameters of Start-HyperVSriovSession
 */
export function forceSession(sshd: Sshd, program: string, host: string, limits = ''): void {
  const script = join(program, 'session.ps1');
  const whole = readFileSync(join(moduleFolder, 'session.ps1'), 'utf8');
  writeFileSync(script, whole.replace(/^Start-HyperVSriovSession$/m, `Start-HyperVSriovSession ${limits}`));
  const lines = ['#!/bin/sh', `export HYPERV_STUB_HOST='${host}' DOTNET_JITMinOpts=1`];
  const line = `exec '${tool('pwsh')}' -NoLogo -NoProfile -NonInteractive -File '${script}'`;
  writeFileSync(sshd.file('serve'), [...lines, line, ''].join('\n'));
  chmodSync(sshd.file('serve'), 0o755);
  sshd.authorize(`'${sshd.file('serve')}'`);
}
