import { z } from 'zod';
import { head } from '../text/redact.ts';
import { unixMilliseconds } from '../unix-time.ts';

/**
 * The values that a row may hold, as zod schemas. A row is flat: string, integer, boolean, or a list of those. What could
 * not be read on the host is missing from the row; what arrives with a wrong type is treated as missing too, so that one
 * odd value never costs a row. Only a value of the row's key (`required*`) can make it a bad row.
 */
const MAX_TEXT = 4096;
const MAX_LIST = 4096;

/** A value that may be missing. One function parses it: every poll of a large host has 100,000 of them. */
const optional = <T>(read: (value: unknown) => T | undefined) => z.transform(read).optional();

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_TEXT;
/** Half a surrogate pair cannot be written as UTF-8: it becomes the replacement character here, and not later. */
const textOf = (value: unknown) => (isText(value) ? value.toWellFormed() : undefined);
/** What Windows counts and enumerates is never below 0: a negative number was not read. */
const isInt = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const intOf = (value: unknown) => (isInt(value) ? value : undefined);
const DECIMAL = /^\d{1,20}$/;
const isDecimal = (value: unknown): value is string => typeof value === 'string' && DECIMAL.test(value);
const isListOf = <T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] =>
  Array.isArray(value) && value.length <= MAX_LIST && value.every(isItem);

/** Text of a row's key: 1 to 4,096 characters. */
export const requiredText = z
  .string()
  .min(1)
  .max(MAX_TEXT)
  .overwrite((value) => value.toWellFormed());
/** Integer of a row's key: 0 or more. */
export const requiredInt = z.number().int().nonnegative();
/** Unix milliseconds of a row's key or of what a row is useless without */
export const requiredTime = unixMilliseconds;
/** Text of at most 4,096 characters. */
export const text = optional(textOf);
/** An integer of 0 or more. */
export const int = optional(intOf);
/** Unix milliseconds */
export const time = optional((value) => unixMilliseconds.safeParse(value).data);
/** The few numbers that may be below 0 */
export const signedInt = optional((value) => (Number.isSafeInteger(value) ? Number(value) : undefined));
/** A 64-bit unsigned integer, sent as decimal text, a number (double) from here on. */
export const wide = optional((value) => (isDecimal(value) ? Number(value) : undefined));
/** A set of 64 bits (an affinity mask), kept as decimal text: a double would lose the low ones. */
export const mask = optional((value) => (isDecimal(value) ? value : undefined));
/** true or false. */
export const bool = optional((value) => (typeof value === 'boolean' ? value : undefined));
/** A list of at most 4,096 texts. */
export const texts = optional((value) =>
  isListOf(value, isText) ? value.map((item) => item.toWellFormed()) : undefined,
);
/** A list of at most 4,096 integers of 0 or more. */
export const ints = optional((value) => (isListOf(value, isInt) ? [...value] : undefined));
/** An enumeration that cmdlets show as a number or, by type files, as a word. */
export const intOrWord = optional((value) => intOf(value) ?? textOf(value));
/** Raw counter values by name */
export const counters = z.record(z.string(), wide);
/** Messages for people: long ones are cut, and of very many the last are left out. A bad one does not discard the others. */
export const messages = z
  .array(z.unknown())
  .catch([])
  .transform((list) =>
    list
      .slice(0, MAX_LIST)
      .flatMap((item) => (typeof item === 'string' && item !== '' ? [head(item, MAX_TEXT).toWellFormed()] : [])),
  );
