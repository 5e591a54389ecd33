import { spawn } from 'node:child_process';
import { z } from 'zod';
import { followEnd } from '../child-end.ts';
import { OperationalError } from '../../errors.ts';
import { pathsOf } from '../../files/path.ts';
import { head } from '../../text/redact.ts';
import { MODULE_PATH_LINE } from './environment.ts';
import { parseFrame } from './frame.ts';
import { killTree } from './kill-tree.ts';
import { type Language, FIRST_LINES, readLanguage } from './language.ts';
import { HANDSHAKE_ID, MODULE_PATH_QUESTION, oneLine } from './request.ts';
import type { ShellOptions } from './shell.ts';

const OUTPUT_LIMIT = 4 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/** How a PowerShell of the agent's is started. */
export const ARGUMENTS: readonly string[] = ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', '-'];

interface Printed {
  readonly text: string;
  /** It did not end in time: there may have been more to come */
  readonly late?: OperationalError;
}

/**
 * Starts a PowerShell, types the lines, closes its input and resolves with what it printed until its end, or until it
 * took too long.
 * @throws {OperationalError} `powershell_not_found`
 */
function runOnce(options: ShellOptions, ...lines: readonly string[]): Promise<Printed> {
  const { executable, cwd, env, platform } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(executable, ARGUMENTS, { cwd, env: { ...env }, windowsHide: true });
    let text = '';
    const end = (late?: OperationalError): void => {
      clearTimeout(timer);
      resolve({ text, ...(late === undefined ? {} : { late }) });
    };
    const endEarly = (code: string, what: string): void => {
      end(new OperationalError(code, `PowerShell (${executable}) ${what}`));
      if (child.pid !== undefined) void killTree(child.pid, env, platform);
    };
    const timer = setTimeout(() => endEarly('timeout', `did not answer in ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.length <= OUTPUT_LIMIT) return;
      child.stdout.destroy();
      endEarly('answer_too_large', `printed more than ${OUTPUT_LIMIT} bytes`);
    });
    child.stderr.resume();
    let how = '';
    followEnd(child, {
      exited: (ending) => (how = ending),
      drained: () => {
        if (child.pid !== undefined) return end();
        clearTimeout(timer);
        const advice = 'Give its full path with --powershell.executable';
        reject(
          new OperationalError(
            'powershell_not_found',
            `PowerShell cannot be started from ${executable} (${how}). ${advice}`,
          ),
        );
      },
    });
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {});
    child.stdin.end(lines.map((line) => `${oneLine(line)}\n`).join(''));
  });
}

const ABOUT_LINE =
  '"@HVSRIOV-ABOUT $($PSVersionTable.PSVersion) $($PSVersionTable.PSEdition) $(Get-ExecutionPolicy)@"; ' +
  'foreach ($service in @(Get-Service -Name \'[v]mms\' -ErrorAction SilentlyContinue)) { "@HVSRIOV-VMMS $($service.Status)@" }';

/** Version, edition and policies of a PowerShell, and the state of the service vmms, in any language mode. */
export interface About {
  readonly version: string;
  readonly edition: string;
  readonly executionPolicy: string;
  /** State of the service vmms; undefined where there is no such service, so no Hyper-V */
  readonly vmms?: string;
}

/** What a PowerShell answers that was just started. */
export interface Introduction {
  /** Undefined where it answered something else */
  readonly language: Language | undefined;
  /** Or why it is not known: `timeout`, or `powershell_malformed` where it answered something else */
  readonly about: About | OperationalError;
}

/**
 * Asks for the language mode first, on lines of their own: in another mode than the full one what follows may fail or
 * hang, and this answer arrives all the same.
 * @throws {OperationalError} `powershell_not_found`; `timeout` where it answered nothing
 */
export async function introduction(options: ShellOptions): Promise<Introduction> {
  const { text, late } = await runOnce(options, ...FIRST_LINES, ABOUT_LINE);
  const language = readLanguage(text);
  if (late !== undefined && language === undefined) throw late;
  return { language, about: late ?? readAbout(options, text) };
}

function readAbout({ executable }: ShellOptions, text: string): About | OperationalError {
  const [, version, edition, executionPolicy] = /@HVSRIOV-ABOUT (\S+) (\w*) (\w*)@/.exec(text) ?? [];
  if (version === undefined || edition === undefined || executionPolicy === undefined)
    return new OperationalError(
      'powershell_malformed',
      `${executable} did not answer as PowerShell does: ${head(text.replaceAll(/\s+/g, ' ').trim(), 200) || 'nothing'}`,
    );
  const vmms = /@HVSRIOV-VMMS (\w+)@/.exec(text)?.[1];
  return { version, edition, executionPolicy, ...(vmms === undefined ? {} : { vmms }) };
}

const modulePathSchema = z.object({ modulePath: z.string(), desktopOnly: z.array(z.string()) });

/** Where a PowerShell of the agent's loads modules from. */
export interface ModulePath {
  readonly folders: readonly string[];
  /** Windows' modules that it would load through Windows PowerShell 5.1, by name */
  readonly desktopOnly: readonly string[];
}

/**
 * Asks a PowerShell, since it changes the module path that it is given.
 * @throws {OperationalError} `powershell_not_found`, `timeout`, or a code of parseFrame's where the module did not answer
 */
export async function modulePathOf(options: ShellOptions): Promise<ModulePath> {
  const { text, late } = await runOnce(options, MODULE_PATH_LINE, MODULE_PATH_QUESTION);
  if (late !== undefined) throw late;
  const { modulePath, desktopOnly } = modulePathSchema.parse(parseFrame(text, HANDSHAKE_ID));
  const folders = modulePath.split(pathsOf(options.platform).delimiter).filter((folder) => folder !== '');
  return { folders: [...new Set(folders)], desktopOnly };
}
