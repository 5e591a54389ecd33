import type { ChildProcess } from 'node:child_process';
import { PowerShell } from 'node-powershell';

/** What node-powershell is given: an absolute path and a whole environment, nothing from the agent's own. */
export interface ShellOptions {
  readonly executable: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly platform: NodeJS.Platform;
}

/**
 * node-powershell, made safe for a session that lives for weeks.
 *
 * It looks for the end marker in the last 17 bytes of a buffer that came in one read; its stock markers end in CRLF
 * on Windows and need 18, so a call never returns if the event loop was busy at that time. The markers here have no line end.
 */
export class MarkedShell extends PowerShell {
  /** The marker of the call that runs */
  marker = '';
  /** Constrained language refuses methods of Console: there a function of the module, which runs in full language, writes the markers. */
  markedByModule = false;

  constructor(options: ShellOptions) {
    super({
      executable: options.executable,
      executableOptions: { '-NoProfile': true, '-NonInteractive': true },
      spawnOptions: { cwd: options.cwd, env: { ...options.env }, windowsHide: true },
      throwOnInvocationError: false,
    });
    // Without a listener each of these would end the agent. The exit itself is followed on the process.
    const ignore = (): void => {};
    this['exitPromise'].catch(ignore);
    this.child.on('error', ignore);
    for (const stream of Object.values(this.streams)) stream.on('error', ignore);
  }

  get child(): ChildProcess {
    return this['process'];
  }

  /** The stock one lets the variable NODE_POWERSHELL beat what was asked for. Called by the base constructor. */
  protected override setExecutable({ executable }: { executable?: string }): string {
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

  /** Types the markers once more: its search can miss one that came in one read with noise before or after it. */
  nudge(): void {
    if (!this.streams.stdin.writable) return;
    this.streams.stdin.write(`${this.writeToError(this.marker)}\n${this.writeToOutput(this.marker)}\n`);
  }
}
