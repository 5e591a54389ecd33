import { readFileSync } from 'node:fs';
import { errorText, UserError } from '../errors.ts';
import { parseYamlFile } from '../yaml-file.ts';
import { ALERTS } from './rules/index.ts';
import { defaultThresholds, type Thresholds, thresholdsSchema } from './thresholds.ts';

const known = (name: string): boolean => ALERTS.some((alert) => alert.name === name);

/** Thresholds from a file of the user; `undefined` gives the defaults. @throws UserError naming every fault by line */
export function readThresholds(path: string | undefined): Thresholds {
  if (path === undefined) return defaultThresholds;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`${path}: cannot be read: ${errorText(error)}`);
  }
  const file = parseYamlFile(text);
  const parsed = thresholdsSchema.safeParse(file.values);
  const at = (keys: readonly PropertyKey[], what: string) =>
    [file.line(keys), `${keys.map(String).join('.')}: ${what}`] as const;
  const faults = [...file.faults];
  for (const issue of file.faults.length > 0 ? [] : (parsed.error?.issues ?? [])) {
    if (issue.code === 'unrecognized_keys')
      faults.push(...issue.keys.map((key) => at([...issue.path, key], 'is not a known threshold')));
    else faults.push(at(issue.path, issue.message));
  }
  for (const name of Object.keys(parsed.data?.alerts ?? {}))
    if (!known(name)) faults.push(at(['alerts', name], 'is not the name of an alert'));
  if (!parsed.success || faults.length > 0)
    throw new UserError(
      faults
        .sort(([one], [other]) => one - other)
        .map(([line, what]) => `${path}:${line}: ${what}`)
        .join('\n'),
    );
  return parsed.data;
}
