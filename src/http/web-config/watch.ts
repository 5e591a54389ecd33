import { UserError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { type WebConfig, readWebConfig } from './load.ts';
import { lostProtections } from './protections.ts';

/** The web configuration in use. It follows changes of its files. */
export interface WebConfigHandle {
  readonly current: WebConfig;
  /** Called with each new configuration */
  onChange(listener: (config: WebConfig) => void): void;
  /** Called each time the files have changed: whether what they hold now is in use */
  onReload(listener: (success: boolean) => void): void;
  /** Reads the files now. Rejects with a UserError when they cannot be used; the previous configuration stays. */
  reload(): Promise<void>;
  close(): void;
}

/**
 * Reads a web configuration and watches it and its certificates by their content, every `intervalMs`: file events miss
 * replaced folders, links and network drives. Files that are faulty, or that would take a protection away, are logged
 * once as an error and the previous configuration stays in use.
 * Rejects with a UserError when the files are faulty at the start.
 */
export async function openWebConfig(
  path: string,
  log: Omit<Log, 'debug'>,
  intervalMs = 5_000,
): Promise<WebConfigHandle> {
  let { fingerprint, result } = await readWebConfig(path);
  if (result instanceof UserError) throw result;
  let current = result;
  const changed: ((config: WebConfig) => void)[] = [];
  const reloaded: ((success: boolean) => void)[] = [];
  const checked = (next: WebConfig | UserError): WebConfig | UserError => {
    if (next instanceof UserError) return next;
    const lost = lostProtections(current, next);
    if (lost.length === 0) return next;
    return new UserError(
      `${path} no longer has ${lost.join(', ')}. A protection is only taken away by a restart: restart the exporter if ` +
        'this is what you want, otherwise restore the file',
    );
  };

  const reload = async (): Promise<void> => {
    const read = await readWebConfig(path);
    const next = checked(read.result);
    if (read.fingerprint !== fingerprint) {
      fingerprint = read.fingerprint;
      if (next instanceof UserError) {
        log.error({ err: next.message }, 'the web configuration is not loaded, the previous one stays in use');
      } else {
        current = next;
        for (const listener of changed) listener(current);
        log.info({}, 'web configuration loaded');
      }
      for (const listener of reloaded) listener(!(next instanceof UserError));
    }
    if (next instanceof UserError) throw next;
  };

  // One at a time. Faults have been logged.
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
    onChange: (listener) => void changed.push(listener),
    onReload: (listener) => void reloaded.push(listener),
    reload: next,
    close: () => clearInterval(timer),
  };
}
