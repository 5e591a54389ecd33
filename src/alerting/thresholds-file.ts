import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { errorText, UserError } from '../errors.ts';
import { defaultThresholds, type Thresholds, thresholdsSchema } from './thresholds.ts';

/** Thresholds from a file of the user. @throws UserError naming every fault */
export function readThresholds(path: string | undefined): Thresholds {
  if (path === undefined) return defaultThresholds;
  let values: unknown;
  try {
    values = parse(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    throw new UserError(`${path}: ${errorText(error)}`);
  }
  const parsed = thresholdsSchema.safeParse(values);
  if (!parsed.success) throw new UserError(`${path}: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`);
  return parsed.data;
}
