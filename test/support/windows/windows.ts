import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stubFolder } from '../pwsh/module.ts';
import type { Run } from '../run-program.ts';
import { type Program, startProgram } from '../servers/program.ts';
import { until } from '../servers/until.ts';
import { tool } from '../tools.ts';

const root = join(import.meta.dirname, '../../..');
/** A path below the root of this repository, on drive C:. See linkRepository. */
export const inRepository = (path: string): string => `C:\\exporter\\${path.replaceAll('/', '\\')}`;
/** Links this repository on drive C: of a Windows installation. */
export const linkRepository = (prefix: string): void => symlinkSync(root, join(prefix, 'drive_c', 'exporter'));
const main = inRepository('dist/main.js');
const commands = inRepository('test/support/windows/run-commands.mjs');

/** `Z:` is the root of the file system, `C:` a folder of the run's own Windows installation. */
export const windowsPath = (path: string): string => `Z:${path.replaceAll('/', '\\')}`;
const NOWHERE = '/nowhere';
/** Where a path of drive C: is to Linux. */
export const driveC = (...names: readonly string[]): string =>
  join(process.env['WIN_PREFIX'] ?? NOWHERE, 'drive_c', ...names);
/** Where `\\SERVER\SHARE` is to Linux; a folder of that name has to be made there. */
export const uncFolder = (...names: readonly string[]): string =>
  join(process.env['WIN_PREFIX'] ?? NOWHERE, 'dosdevices/unc', ...names);

/** What Wine itself says on standard error, since Z: has no label. */
const NOT_WINDOWS = /^wine: Read access denied for device .*\r?\n/gm;

/** Arguments are passed on as they are, also what looks like a path. */
const AS_IS = '--';

/** Where win-node finds native libraries for Windows. An installed program has to bring its own. */
const nativeLibraries = (): Readonly<Record<string, string>> => {
  const folder = process.env['WIN_NODE_PATH'];
  return folder === undefined ? {} : { NODE_PATH: folder };
};

/** Runs a Windows program to its end. */
export function runOnWindows(
  program: 'win-node' | 'win-run' | 'win-pwsh',
  args: readonly string[],
  { input = '', env = {} }: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Run> {
  return new Promise((resolve) => {
    const natives = program === 'win-node' ? nativeLibraries() : {};
    const settings = { env: { ...process.env, ...natives, ...env }, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(tool(program), args, settings, (error, stdout, stderr) => {
      resolve({
        code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1,
        stdout,
        stderr: stderr.replaceAll(NOT_WINDOWS, ''),
      });
    });
    child.stdin?.end(input);
  });
}

/** Runs the built program to its end, as from a command prompt. */
export const runProgramOnWindows = (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> => runOnWindows('win-node', [AS_IS, main, ...args], { env });

/** A command line of the program and what it answered. */
export interface Command {
  readonly args: readonly string[];
  /** In addition to the environment of the process */
  readonly env?: Readonly<Record<string, string>>;
}
export interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs commands of the built program one after the other in one process, which takes less time than a process for each. */
export async function runCommandsOnWindows(list: readonly Command[]): Promise<readonly Answer[]> {
  const { code, stdout, stderr } = await runOnWindows('win-node', [AS_IS, commands], {
    input: JSON.stringify(list),
  });
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}${stdout}`);
  const answers = JSON.parse(stdout) as readonly Answer[];
  if (answers.length !== list.length) throw new Error(`${answers.length} answers to ${list.length} commands`);
  return answers;
}

export interface WindowsProgram extends Program {
  /** Its process id on Windows */
  readonly pid: number;
  /** A text in the environment of the program and of all that it starts: see processesWith */
  readonly mark: string;
  /** Presses Ctrl+C in its console; resolves with its exit code. */
  interrupt(): Promise<number | null>;
}

let started = 0;

/** Starts the built program on Windows; resolves once it has a process id. */
export async function startOnWindows(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<WindowsProgram> {
  started += 1;
  const mark = `windows-${process.pid}-${started}.pid`;
  const pidFile = join(tmpdir(), mark);
  const program = startProgram(tool('win-node'), [AS_IS, main, ...args], {
    env: { ...nativeLibraries(), ...env, WIN_PIDFILE: windowsPath(pidFile) },
  });
  const pid = await until('it runs', () => existsSync(pidFile) && Number(readFileSync(pidFile, 'utf8')), {
    why: program.log,
  });
  rmSync(pidFile, { force: true });
  const { child } = program;
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    ...program,
    log: () => program.log().replaceAll(NOT_WINDOWS, ''),
    pid,
    mark,
    interrupt() {
      child.kill('SIGINT');
      return ended;
    },
    async stop() {
      if (child.exitCode === null) await runOnWindows('win-run', ['taskkill.exe', '/PID', String(pid), '/T', '/F']);
      await program.stop();
    },
  };
}

/** Folder of Windows PowerShell; README.md of tools/test-bed says what stands in for it. */
const POWERSHELL = 'drive_c/windows/system32/WindowsPowerShell/v1.0';

/**
 * From now on the Windows PowerShell of a Windows installation finds the stub modules before all others, and shows the
 * host of `folder` (see showStubHost).
 */
export function installStubPowerShell(folder: string, prefix = process.env['WIN_PREFIX'] ?? NOWHERE): void {
  const file = join(prefix, POWERSHELL, 'powershell.txt');
  const [program = ''] = readFileSync(file, 'utf8').split('\n');
  const lines = [
    program,
    'PSExecutionPolicyPreference=RemoteSigned',
    `HVSRIOV_MODULES_BEFORE=${inRepository(relative(root, stubFolder))};%HVSRIOV_MODULES_BEFORE%`,
    `HYPERV_STUB_HOST=${windowsPath(join(folder, 'host.json'))}`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
}

/** Where modules of Windows are. */
export const windowsModules = (...names: readonly string[]): string =>
  join(process.env['WIN_PREFIX'] ?? NOWHERE, POWERSHELL, 'Modules', ...names);
