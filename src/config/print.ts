import { stringify } from 'yaml';
import { type LoadedConfig, valueAt, withValue } from './load.ts';
import { hideSecrets, SETTINGS } from './settings.ts';

/** The whole configuration in use as YAML, with defaults and with secrets replaced. */
export function printConfig(loaded: LoadedConfig): string {
  let shown: Record<string, unknown> = {};
  for (const setting of SETTINGS) {
    const value = valueAt(loaded.written, setting.keys) ?? setting.default;
    if (value !== undefined) shown = withValue(shown, setting.keys, hideSecrets(setting.schema, value));
  }
  return stringify(shown, { lineWidth: 0 });
}
