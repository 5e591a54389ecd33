import { z } from 'zod';

/**
 * The kinds of field that a collector row may hold. A row is flat: string, integer, boolean, or a list of those.
 * What could not be read on the host is missing from the row; what arrives with a wrong type is treated as missing
 * too, so that one odd field never costs a row. Only a row's key fields (`required*`) can make it a bad row.
 */
const MAX_TEXT = 4096;
const MAX_LIST = 4096;

const optional = <T extends z.ZodType>(type: T) => type.optional().catch(undefined);

/** Half a surrogate pair cannot be written as UTF-8: it becomes the replacement character here, and not later. */
const textType = z
  .string()
  .max(MAX_TEXT)
  .overwrite((text) => text.toWellFormed());
/** What Windows counts and enumerates is never below 0: a negative number is none that could be read. */
const intType = z.number().int().nonnegative();
/** Decimal text of an unsigned 64-bit integer: JSON numbers lose digits beyond 2^53 on the PowerShell side. */
const wideType = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(Number);

export const requiredText = textType.min(1);
export const requiredInt = intType;
export const text = optional(textType);
export const int = optional(intType);
/** The few numbers that may be below 0 */
export const signedInt = optional(z.number().int());
/** A 64-bit unsigned integer, sent as decimal text, a number (double) from here on. */
export const wide = optional(wideType);
/** A set of 64 bits (an affinity mask), kept as decimal text: a double would lose the low ones. */
export const mask = optional(z.string().regex(/^\d{1,20}$/));
export const bool = optional(z.boolean());
export const texts = optional(z.array(textType).max(MAX_LIST));
export const ints = optional(z.array(intType).max(MAX_LIST));
/** An enumeration that cmdlets show as a number or, by type files, as a word. */
export const intOrWord = optional(z.union([intType, textType]));
/** Messages for people: a long one is cut and the last of very many are left out, none is worth the others. */
export const messages = z
  .array(z.unknown())
  .catch([])
  .transform((list) =>
    list
      .slice(0, MAX_LIST)
      .flatMap((item) => (typeof item === 'string' && item !== '' ? [item.slice(0, MAX_TEXT).toWellFormed()] : [])),
  );
