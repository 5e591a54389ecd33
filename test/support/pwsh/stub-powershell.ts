import { realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tool } from '../tools.ts';
import { type StubHost, stubFolder } from './module.ts';

/**
 * A PowerShell for --powershell.executable whose cmdlets are a stub host's: the true engine, with the stub modules
 * before all others, and the agent's own unless they are to be missing. `first` is what it runs before anything that is
 * typed. Returns its path.
 */
export function stubPowerShell(folder: string, host: StubHost, { agentModules = true, first = '' } = {}): string {
  const hostFile = join(folder, 'host.json');
  writeFileSync(hostFile, JSON.stringify(host));
  const pwsh = realpathSync(tool('pwsh'));
  const executable = join(folder, 'pwsh');
  const own = join(dirname(pwsh), 'Modules');
  const start = first === '' ? `exec '${pwsh}' "$@"` : `{ printf '%s\\n' '${first}'; cat; } | '${pwsh}' "$@"`;
  const lines = [
    '#!/bin/sh',
    `export HYPERV_STUB_HOST='${hostFile}'`,
    `export PSModulePath='${stubFolder}:'${agentModules ? '"$PSModulePath"' : ''}':${own}'`,
    start,
  ];
  writeFileSync(executable, `${lines.join('\n')}\n`, { mode: 0o755 });
  return executable;
}
