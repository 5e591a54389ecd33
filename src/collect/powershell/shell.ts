import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { PowerShell } from 'node-powershell';
import { OperationalError } from '../../errors.ts';

/** What node-powershell is given: an absolute path and a whole environment, nothing from the agent's own. */
export interface ShellOptions {
  readonly executable: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly platform: NodeJS.Platform;
}

/**
 * node-powershell, made safe for a session that lives for weeks. Its own search for the end of an answer is replaced: with
 * each piece of output it copies all that came before, so that 33 MB of garbage took 5 GB and blocked the event loop for
 * seconds, and it misses a marker that comes in one read with noise.
 */
export class MarkedShell extends PowerShell {
  /** The marker of the call that runs */
  marker = '';
  /** Constrained language refuses methods of Console: there a function of the module, which runs in full language, writes the markers. */
  markedByModule = false;

  /**
   * Starts a shell.
   * @throws {OperationalError} `powershell_not_started` where there is no descriptor for its pipes
   */
  static start(options: ShellOptions): MarkedShell {
    let unfinished: MarkedShell | undefined;
    try {
      return new MarkedShell(options, (shell) => (unfinished = shell));
    } catch (error) {
      if (unfinished === undefined || unfinished.child.pid !== undefined) throw error;
      // Node has made no streams, over which the library fails before it listens to the process.
      unfinished.child.on('error', () => {});
      throw notStarted(options.executable, 'no free file descriptor');
    }
  }

  private constructor(options: ShellOptions, onMade: (shell: MarkedShell) => void) {
    const given = {
      executable: options.executable,
      onMade,
      executableOptions: { '-NoProfile': true, '-NonInteractive': true },
      spawnOptions: { cwd: options.cwd, env: { ...options.env }, windowsHide: true },
      throwOnInvocationError: false,
    };
    super(given);
    // Without a listener each of these would end the agent. The exit itself is followed on the process.
    const ignore = (): void => {};
    this['exitPromise'].catch(ignore);
    this.child.on('error', ignore);
    for (const stream of Object.values(this.streams)) stream.on('error', ignore);
    // Private there, but the only place where it can be done.
    this['readBulkFromOutput'] = secondMarker;
    // It collects the first three pieces of standard error for an error text that is not used, and then lets go of the
    // stream, which pauses it.
    this.streams.stderr.unpipe();
    this.streams.stderr.resume();
  }

  get child(): ChildProcess {
    return this['process'];
  }

  /** The stock one lets the variable NODE_POWERSHELL beat what was asked for. Called by the base constructor. */
  protected override setExecutable({
    executable,
    onMade,
  }: {
    executable?: string;
    onMade?: (shell: MarkedShell) => void;
  }): string {
    onMade?.(this);
    return executable ?? '';
  }

  protected override writeToOutput(marker: string): string {
    this.marker = marker;
    return this.#markerLine('Out', marker);
  }

  protected override writeToError(marker: string): string {
    return this.#markerLine('Error', marker);
  }

  #markerLine(stream: 'Out' | 'Error', marker: string): string {
    return this.markedByModule
      ? `Write-HyperVSriovMarker -Stream ${stream} -Text "${marker}"`
      : `[Console]::${stream}.Write("${marker}")`;
  }
}

/** That the system had no room for another process. @param why what was lacking */
export const notStarted = (executable: string, why: string): OperationalError =>
  new OperationalError(
    'powershell_not_started',
    `PowerShell cannot be started from ${executable} (${why}). It is tried again`,
  );

const NOTHING = Buffer.alloc(0);

/** Resolves when the marker has come twice, before and after the output of a call; the output itself is read elsewhere. */
function secondMarker(stream: Readable, marker: string): Promise<Buffer> {
  return new Promise((resolve) => {
    let count = 0;
    let tail = '';
    const look = (chunk: string): void => {
      const parts = (tail + chunk).split(marker);
      count += parts.length - 1;
      tail = (parts.at(-1) ?? '').slice(1 - marker.length);
      if (count < 2) return;
      stream.off('data', look);
      resolve(NOTHING);
    };
    stream.on('data', look);
  });
}
