import { accessSync, constants } from 'node:fs';
import { OperationalError, UserError } from '../../errors.ts';
import { isFullPath, pathsOf } from '../../files/path.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Full path of the PowerShell to start. Windows PowerShell 5.1 unless configured otherwise: it is on every host and has the
 * Hyper-V and NetAdapter modules natively. Elsewhere `pwsh` from the PATH.
 * @throws {UserError} for a path that is not full, {OperationalError} `powershell_not_found`
 */
export function findExecutable(wanted: string | undefined, env: Environment, platform: NodeJS.Platform): string {
  if (wanted !== undefined && wanted !== '') {
    if (!isFullPath(wanted, platform))
      throw new UserError(`--powershell.executable needs a full path, not ${JSON.stringify(wanted)}`);
    return wanted;
  }
  if (platform === 'win32') return inSystem32(env, 'WindowsPowerShell', 'v1.0', 'powershell.exe');
  const paths = pathsOf(platform);
  for (const folder of (env['PATH'] ?? '').split(paths.delimiter).filter((each) => isFullPath(each, platform))) {
    const path = paths.join(folder, 'pwsh');
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

/** Full path below Windows' folder System32. Names of variables have no case on Windows; in a copy of them they do. */
export function inSystem32(env: Environment, ...names: readonly string[]): string {
  const root = Object.entries(env).find(([name]) => name.toUpperCase() === 'SYSTEMROOT')?.[1];
  return pathsOf('win32').join(root ?? 'C:\\Windows', 'System32', ...names);
}

/** What the environment of a PowerShell child is made from. */
export interface ChildEnvironment {
  /** The agent's own */
  readonly env: Environment;
  readonly executable: string;
  /** Folder that holds the agent's modules */
  readonly moduleRoot: string;
  readonly platform: NodeJS.Platform;
}

/** Variables that say what the agent's lines need, since a line holds ASCII only and no quoting of paths. */
const MODULE = 'HVSRIOV_MODULE';
const BEFORE = 'HVSRIOV_MODULES_BEFORE';
const AFTER = 'HVSRIOV_MODULES_AFTER';

/**
 * The first line of every PowerShell, legal in ConstrainedLanguage too: modules come from the agent's folder, from
 * PowerShell's own and from Windows', and from nowhere else. At its start PowerShell 7 puts the folder Documents of its
 * account before all others, where a module planted under the name of one of Windows' would run with the agent's rights
 * (about_PSModulePath). $PSHOME is not the folder of the executable where that is a link or a tool's launcher.
 */
export const MODULE_PATH_LINE = `$env:PSModulePath = "$($env:${BEFORE})$PSHOME$($env:${AFTER})"`;

/** Imports the agent's module by its full path. */
export const IMPORT = `Import-Module -Name $env:${MODULE} -ErrorAction Stop`;

/** The file that IMPORT names. */
export const moduleFile = (moduleRoot: string, platform: NodeJS.Platform): string =>
  pathsOf(platform).join(moduleRoot, 'HyperVSriov', 'HyperVSriov.psd1');

/**
 * The environment of a PowerShell child: the agent's, without what would choose the executable (NODE_POWERSHELL) or add
 * modules (PSModulePath; one inherited from PowerShell 7 makes 5.1 load the wrong modules), and without colours: a
 * terminal code in an error's text or around a line that was read is in nobody's interest here.
 */
export function childEnvironment({ env, executable, moduleRoot, platform }: ChildEnvironment): Record<string, string> {
  const paths = pathsOf(platform);
  const result: Record<string, string> = {};
  const own = new Set(['NODE_POWERSHELL', 'PSMODULEPATH', 'TERM', 'NO_COLOR']);
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && !own.has(name.toUpperCase())) result[name] = value;
  const windows = platform === 'win32' ? [inSystem32(env, 'WindowsPowerShell', 'v1.0', 'Modules')] : [];
  return {
    ...result,
    // Import-Module reads wildcards in a path.
    [MODULE]: moduleFile(moduleRoot, platform).replaceAll(/[[\]*?`]/g, '`$&'),
    [BEFORE]: `${moduleRoot}${paths.delimiter}`,
    [AFTER]: [`${paths.sep}Modules`, ...windows].join(paths.delimiter),
    PSModulePath: [moduleRoot, paths.join(paths.dirname(executable), 'Modules'), ...windows].join(paths.delimiter),
    POWERSHELL_TELEMETRY_OPTOUT: '1',
    POWERSHELL_UPDATECHECK: 'Off',
    TERM: 'dumb',
    NO_COLOR: '1',
  };
}
