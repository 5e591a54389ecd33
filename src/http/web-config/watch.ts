import { UserError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { type WebConfig, readWebConfig } from './load.ts';

/** The web configuration in use. It follows changes of its files. */
export interface WebConfigHandle {
  readonly current: WebConfig;
  /** Called with each new configuration */
  onChange(listener: (config: WebConfig) => void): void;
  /** Reads the files now. Rejects with a UserError if they have faults; the previous configuration stays in use. */
  reload(): Promise<void>;
  close(): void;
}

/**
 * Reads a web configuration and its certificates, and reads them again every `intervalMs` to detect changes. File events
 * would miss replaced folders, links and network drives. Faults are logged once, and the previous configuration stays in
 * use.
 * @throws UserError if the configuration has faults at the start
 */
export async function openWebConfig(
  path: string,
  log: Omit<Log, 'debug'>,
  intervalMs = 5_000,
): Promise<WebConfigHandle> {
  let { fingerprint, result } = await readWebConfig(path);
  if (result instanceof UserError) throw result;
  let current = result;
  const listeners: ((config: WebConfig) => void)[] = [];

  const reload = async (): Promise<void> => {
    const next = await readWebConfig(path);
    if (next.fingerprint === fingerprint) {
      if (next.result instanceof UserError) throw next.result;
      return;
    }
    fingerprint = next.fingerprint;
    if (next.result instanceof UserError) {
      log.error({ err: next.result.message }, 'the web configuration has faults, the previous one stays in use');
      throw next.result;
    }
    current = next.result;
    for (const listener of listeners) listener(current);
    log.info({}, 'web configuration reloaded');
  };

  // One at a time. reload() has logged the error.
  let running = Promise.resolve();
  const next = (): Promise<void> => {
    const done = running.then(reload);
    running = done.catch(() => {});
    return done;
  };
  const timer = setInterval(() => void next().catch(() => {}), intervalMs);
  timer.unref();
  return {
    get current() {
      return current;
    },
    onChange: (listener) => void listeners.push(listener),
    reload: next,
    close: () => clearInterval(timer),
  };
}
