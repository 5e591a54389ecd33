import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, win32 } from 'node:path';
import { OperationalError, UserError } from '../../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Full path of the PowerShell to start. Windows PowerShell 5.1 unless told otherwise: it is on every host and has the
 * Hyper-V and NetAdapter modules natively. Elsewhere `pwsh` from the PATH.
 * @throws {UserError} for a relative path, {OperationalError} `powershell_not_found`
 */
export function findExecutable(wanted: string | undefined, env: Environment): string {
  if (wanted !== undefined && wanted !== '') {
    if (!isAbsolute(wanted))
      throw new UserError(`--powershell.executable needs a full path, not ${JSON.stringify(wanted)}`);
    return wanted;
  }
  if (process.platform === 'win32') {
    return win32.join(systemRootOf(env) ?? 'C:\\Windows', 'System32', 'WindowsPowerShell', 'v1.0', 'powershell.exe');
  }
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter((each) => isAbsolute(each))) {
    const path = join(folder, 'pwsh');
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  throw new OperationalError(
    'powershell_not_found',
    'PowerShell is missing: no pwsh on the PATH. Give its full path with --powershell.executable',
  );
}

/** SystemRoot, however it is spelt: Windows' variable names know no case, a copy of them does. */
export function systemRootOf(env: Environment): string | undefined {
  return Object.entries(env).find(([name]) => name.toUpperCase() === 'SYSTEMROOT')?.[1];
}

/**
 * The environment of a PowerShell child: the agent's, with a module path of our own (one inherited from PowerShell 7
 * makes 5.1 load the wrong modules) and without NODE_POWERSHELL, which would choose the executable.
 * `moduleFolders` come first, then the modules of that PowerShell and of Windows.
 */
export function childEnvironment(
  env: Environment,
  executable: string,
  moduleFolders: readonly string[],
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !['NODE_POWERSHELL', 'PSMODULEPATH'].includes(name.toUpperCase())) result[name] = value;
  }
  const folders = [...moduleFolders, join(dirname(executable), 'Modules')];
  const systemRoot = systemRootOf(env);
  if (systemRoot !== undefined)
    folders.push(win32.join(systemRoot, 'System32', 'WindowsPowerShell', 'v1.0', 'Modules'));
  result['PSModulePath'] = [...new Set(folders)].join(delimiter);
  result['POWERSHELL_TELEMETRY_OPTOUT'] = '1';
  result['POWERSHELL_UPDATECHECK'] = 'Off';
  if (process.platform !== 'win32') {
    // PowerShell 7 writes terminal codes round each line that it reads, unless the terminal is a dumb one.
    result['TERM'] = 'dumb';
    result['NO_COLOR'] = '1';
  }
  return result;
}
