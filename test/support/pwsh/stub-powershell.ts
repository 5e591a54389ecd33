import { realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tool } from '../tools.ts';
import { type StubHost, stubFolder, stubHostFile } from './module.ts';

const HOST = 'host.json';
const BROKEN = 'broken';

/**
 * A PowerShell for --powershell.executable whose cmdlets are a stub host's: the true engine, with the stub modules
 * before all others, and the agent's own unless they are to be missing. `first` is what it runs before anything that is
 * typed. Returns its path.
 */
export function stubPowerShell(folder: string, host: StubHost, { agentModules = true, first = '' } = {}): string {
  showStubHost(folder, host);
  const pwsh = realpathSync(tool('pwsh'));
  const executable = join(folder, 'pwsh');
  const own = join(dirname(pwsh), 'Modules');
  const start = first === '' ? `exec '${pwsh}' "$@"` : `{ printf '%s\\n' '${first}'; cat; } | '${pwsh}' "$@"`;
  const lines = [
    '#!/bin/sh',
    `[ -e '${join(folder, BROKEN)}' ] && { echo 'the engine is broken' >&2; exit 9; }`,
    `export HYPERV_STUB_HOST='${join(folder, HOST)}'`,
    `export PSModulePath='${stubFolder}:'"$PSModulePath"':${own}'`,
    `export HVSRIOV_MODULES_BEFORE='${stubFolder}:'"$HVSRIOV_MODULES_BEFORE"`,
    ...(agentModules ? [] : [`export HVSRIOV_MODULE='${join(folder, 'no module')}'`]),
    start,
  ];
  writeFileSync(executable, `${lines.join('\n')}\n`, { mode: 0o755 });
  return executable;
}

/** Another host from now on: a running PowerShell of `folder` sees it at its next call. */
export function showStubHost(folder: string, host: StubHost): void {
  // In one step: PowerShell may read at any moment.
  const next = join(folder, `${HOST}.next`);
  writeFileSync(next, stubHostFile(host));
  renameSync(next, join(folder, HOST));
}

/** From now on the PowerShell of `folder` does not start any more, or does again. */
export function breakStubStart(folder: string, broken: boolean): void {
  if (broken) writeFileSync(join(folder, BROKEN), '');
  else rmSync(join(folder, BROKEN), { force: true });
}
