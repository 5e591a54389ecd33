import { stringify } from 'yaml';
import { valueAt, type LoadedConfig } from './load.ts';
import { hideSecrets, SETTINGS } from './settings.ts';

/** The whole configuration in force as YAML, defaults included, secrets hidden. */
export function printConfig(loaded: LoadedConfig): string {
  const shown: Record<string, unknown> = {};
  for (const setting of SETTINGS) {
    const value = valueAt(loaded.written, setting.keys) ?? setting.default;
    if (value === undefined) continue;
    let target = shown;
    for (const key of setting.keys.slice(0, -1)) target = (target[key] ??= {}) as Record<string, unknown>;
    const last = setting.keys.at(-1);
    if (last !== undefined) target[last] = hideSecrets(setting.schema, value);
  }
  return stringify(shown, { lineWidth: 0 });
}
