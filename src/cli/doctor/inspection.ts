import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironment, findExecutable } from '../../collect/powershell/environment.ts';
import type { Language } from '../../collect/powershell/language.ts';
import {
  type About,
  introduction,
  type Introduction,
  type ModulePath,
  modulePathOf,
} from '../../collect/powershell/one-shot.ts';
import type { ShellOptions } from '../../collect/powershell/shell.ts';
import type { HostReader } from '../../collect/host-reader.ts';
import type { LoadedConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { type ParsedDocument, type Part } from '../../document/document.ts';
import { parseDocument } from '../../document/parse.ts';
import type { Target } from '../../fleet/target.ts';
import { openLogger } from '../../log.ts';
import type { Windows } from '../../windows/boundary.ts';
import { openWindows } from '../../windows/open.ts';
import { shipped } from '../../shipped.ts';
import type { CommandContext } from '../context.ts';
import { openReader } from '../reader.ts';

/** Folder of the modules HyperVSriov and HyperVSriovCounters, below the built code. */
export const MODULE_FOLDER = fileURLToPath(shipped('collect/powershell'));
/** Folder of the program. */
export const PROGRAM_FOLDER = fileURLToPath(shipped('..'));

/**
 * Everything that checks read from the system, each value once: the first check that needs a value waits for it. All
 * access to the system is here, so that the evaluation of a check is pure.
 */
export class Inspection {
  readonly context: CommandContext;
  /** The configuration, or the error that lists all its faults */
  readonly loaded: LoadedConfig | Error;
  readonly #target: Target | undefined;
  readonly #asked = new Map<string, Promise<unknown>>();
  #reader: HostReader | undefined;

  /** @param target which of several hosts the parts are read from */
  constructor(context: CommandContext, load: () => LoadedConfig, target?: Target) {
    this.context = context;
    this.#target = target;
    try {
      this.loaded = load();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.loaded = error;
    }
  }

  /** The configuration; for checks that need `configuration`. */
  get config(): Config {
    return this.#configured.config;
  }

  get #configured(): LoadedConfig {
    if (this.loaded instanceof Error) throw this.loaded;
    return this.loaded;
  }

  /** How PowerShell is started. @throws {UserError | OperationalError} where there is none */
  get shell(): ShellOptions {
    const { environment: env, platform } = this.context;
    const executable = findExecutable(this.config.powershell.executable, env, platform);
    return {
      executable,
      cwd: dirname(executable),
      env: childEnvironment({ env, executable, moduleRoot: MODULE_FOLDER, platform }),
      platform,
    };
  }

  language = async (): Promise<Language | undefined> => (await this.#introduction()).language;
  about = async (): Promise<About> => {
    const { about } = await this.#introduction();
    if (about instanceof Error) throw about;
    return about;
  };
  modulePath = (): Promise<ModulePath> => this.#once('modulePath', () => modulePathOf(this.shell));

  /** Windows' own functions. Rejects on another system. */
  windows = (): Promise<Windows> => this.#once('windows', openWindows);

  /** Starts a session with the module; where the reader has none, reads the inventory. Rejects where that fails. */
  connect = (): Promise<void> =>
    this.#once('connect', async () => {
      const reader = await this.#open();
      if (reader.start === undefined) await this.document('inventory');
      await reader.start?.('inventory', AbortSignal.timeout(this.config.poll.inventory.deadline));
    });

  /** A part's document. Rejects where it could not be read. */
  document = (part: Part): Promise<ParsedDocument> =>
    this.#once(part, async () => {
      const reader = await this.#open();
      return parseDocument(await reader.read(part, AbortSignal.timeout(this.config.poll[part].deadline)));
    });

  async close(): Promise<void> {
    await this.#reader?.close();
  }

  #introduction(): Promise<Introduction> {
    return this.#once('introduction', () => introduction(this.shell));
  }

  async #open(): Promise<HostReader> {
    const log = await openLogger({ ...this.config.log, level: 'error' });
    this.#reader ??= await openReader(this.#configured, this.context, log, { target: this.#target });
    return this.#reader;
  }

  #once<T>(what: string, ask: () => Promise<T>): Promise<T> {
    const former = this.#asked.get(what) as Promise<T> | undefined;
    const asked = former ?? ask();
    if (former === undefined) {
      this.#asked.set(what, asked);
      asked.catch(() => {});
    }
    return asked;
  }
}
