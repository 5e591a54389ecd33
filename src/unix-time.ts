import { z } from 'zod';

/**
 * The last moment of the year 9999, Unix milliseconds. ISO 8601 and RFC 3339 have four digits for the year: Alertmanager
 * refuses a later time. It is also within what a Date can hold, beyond which toISOString throws.
 */
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const isTime = (value: number): boolean => value >= 0 && value <= LAST;
const OUT_OF_RANGE = 'must be a time between 1970 and 9999';

/** A time from outside, in Unix milliseconds */
export const unixMilliseconds = z.number().int().refine(isTime, OUT_OF_RANGE);
/** The same in Unix seconds */
export const unixSeconds = z.number().refine((value) => isTime(value * 1000), OUT_OF_RANGE);
