import { execFile } from 'node:child_process';
import { OperationalError } from '../../errors.ts';
import { killTree } from './kill-tree.ts';
import { LANGUAGE_ANSWER, LANGUAGE_LINE, oneLine } from './request.ts';
import type { ShellOptions } from './shell.ts';

const OUTPUT_LIMIT = 4 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

export interface OneShotOptions extends ShellOptions {
  readonly systemRoot: string | undefined;
}

/** How a PowerShell of the agent's is started. */
export const ARGUMENTS: readonly string[] = ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', '-'];

/**
 * Starts a PowerShell, types one line, closes its input and resolves with what it printed, at its end.
 * @throws {OperationalError} `powershell_not_found`, `timeout`
 */
export function runOnce(options: OneShotOptions, line: string): Promise<string> {
  const { executable, cwd, env, systemRoot } = options;
  return new Promise((resolve, reject) => {
    const settings = { cwd, env: { ...env }, windowsHide: true, maxBuffer: OUTPUT_LIMIT };
    const child = execFile(executable, ARGUMENTS, settings, (error, stdout) => {
      clearTimeout(timer);
      if (child.pid === undefined)
        reject(
          new OperationalError(
            'powershell_not_found',
            `PowerShell cannot be started from ${executable} (${error?.message ?? 'no reason given'}). Give its full path with --powershell.executable`,
          ),
        );
      else resolve(stdout);
    });
    const timer = setTimeout(() => {
      reject(new OperationalError('timeout', `PowerShell (${executable}) did not answer in ${TIMEOUT_MS / 1000} s`));
      if (child.pid !== undefined) void killTree(child.pid, systemRoot);
    }, TIMEOUT_MS);
    child.stdin?.on('error', () => {});
    child.stdin?.end(`${oneLine(line)}\n`);
  });
}

/** The language mode of a PowerShell as this agent starts it; undefined where it answered something else. */
export async function languageMode(options: OneShotOptions): Promise<string | undefined> {
  return LANGUAGE_ANSWER.exec(await runOnce(options, LANGUAGE_LINE))?.[1];
}

const ABOUT_LINE =
  '"@HVSRIOV-ABOUT $($PSVersionTable.PSVersion) $($PSVersionTable.PSEdition) $(Get-ExecutionPolicy)@"; ' +
  'foreach ($service in @(Get-Service -Name \'[v]mms\' -ErrorAction SilentlyContinue)) { "@HVSRIOV-VMMS $($service.Status)@" }';

/** What a PowerShell tells of itself and of the service that it would ask, in any language mode. */
export interface About {
  readonly version: string;
  readonly edition: string;
  readonly executionPolicy: string;
  /** State of the service vmms; undefined where there is no such service, so no Hyper-V */
  readonly vmms?: string;
}

/** @throws {OperationalError} as `runOnce`, and `powershell_malformed` where it answered something else */
export async function about(options: OneShotOptions): Promise<About> {
  const text = await runOnce(options, ABOUT_LINE);
  const [, version, edition, executionPolicy] = /@HVSRIOV-ABOUT (\S+) (\w*) (\w*)@/.exec(text) ?? [];
  if (version === undefined || edition === undefined || executionPolicy === undefined)
    throw new OperationalError(
      'powershell_malformed',
      `${options.executable} did not answer as PowerShell does: ${text.replaceAll(/\s+/g, ' ').trim().slice(0, 200) || 'nothing'}`,
    );
  const vmms = /@HVSRIOV-VMMS (\w+)@/.exec(text)?.[1];
  return { version, edition, executionPolicy, ...(vmms === undefined ? {} : { vmms }) };
}

/** Paths are told apart by what no path holds, and travel as base64: PowerShell reads other than ASCII in the host's code page. */
const pathsLine = (paths: readonly string[]) =>
  '$utf8 = [Text.Encoding]::UTF8; ' +
  `foreach ($path in ($utf8.GetString([Convert]::FromBase64String('${Buffer.from(paths.join('\n')).toString('base64')}')) -split "\`n")) ` +
  '{ "@HVSRIOV-ACL $([Convert]::ToBase64String($utf8.GetBytes($path))) $([Convert]::ToBase64String($utf8.GetBytes([string](Get-Acl -LiteralPath $path).Sddl)))@" }';

/** Security descriptors by path, as SDDL; a path that is not there, or may not be looked at, has none. Full language only. */
export async function securityDescriptors(
  options: OneShotOptions,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const text = await runOnce(options, pathsLine(paths));
  const decode = (base64: string | undefined) => Buffer.from(base64 ?? '', 'base64').toString('utf8');
  return new Map(
    [...text.matchAll(/@HVSRIOV-ACL (\S+) (\S*)@/g)]
      .map(([, path, sddl]) => [decode(path), decode(sddl)] as const)
      .filter(([, sddl]) => sddl !== ''),
  );
}
