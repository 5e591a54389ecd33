import { didYouMean } from '../text/did-you-mean.ts';
import { errorText, UserError } from '../errors.ts';
import { readTextFile } from '../files/text.ts';
import { keysAt } from '../files/schema-keys.ts';
import { type Fault, faultLines, parseYamlFile } from '../files/yaml.ts';
import { ALERTS } from './rules/index.ts';
import { defaultThresholds, type Thresholds, thresholdsSchema } from './thresholds.ts';

const known = (name: string): boolean => ALERTS.some((alert) => alert.name === name);

/** Who evaluates alerts itself, and where it is reached (`web.external-url`). */
export interface Evaluator {
  readonly isCollector: boolean;
  readonly externalUrl: string | undefined;
}

/**
 * The thresholds with the external URL as `page_url`, in a collector as `collector_url`, unless the user's file sets
 * another one.
 */
export const withExternalUrl = (thresholds: Thresholds, { isCollector, externalUrl }: Evaluator): Thresholds => {
  const key = isCollector ? 'collector_url' : 'page_url';
  return externalUrl === undefined || thresholds[key] !== defaultThresholds[key]
    ? thresholds
    : { ...thresholds, [key]: externalUrl };
};

/** Reads a user's thresholds file; the defaults without a path. @throws UserError with every fault, `file:line: key: what` */
export function readThresholds(path: string | undefined): Thresholds {
  if (path === undefined) return defaultThresholds;
  let text: string;
  try {
    text = readTextFile(path);
  } catch (error) {
    throw new UserError(`${path}: cannot be read: ${errorText(error)}`);
  }
  const file = parseYamlFile(text);
  const parsed = thresholdsSchema.safeParse(file.values);
  // A file that is not YAML has no values to check.
  const issues = file.faults.length > 0 ? [] : (parsed.error?.issues ?? []);
  const faults = issues.flatMap((issue): Fault[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          keys: [...issue.path, key],
          message: () => `is not a known threshold${didYouMean(key, keysAt(thresholdsSchema, issue.path))}`,
        }))
      : [{ keys: issue.path, message: issue.message }],
  );
  const { alerts } = file.values;
  for (const name of typeof alerts === 'object' && alerts !== null ? Object.keys(alerts) : [])
    if (!known(name))
      faults.push({
        keys: ['alerts', name],
        message: () =>
          `is not the name of an alert${didYouMean(
            name,
            ALERTS.map((alert) => alert.name),
          )}`,
      });
  const lines = faultLines(path, file, faults);
  if (!parsed.success || lines.length > 0) throw new UserError(lines.join('\n'));
  return parsed.data;
}
