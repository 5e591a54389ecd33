import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { errorText, UserError } from '../../errors.ts';
import { readTextFile } from '../../files/text.ts';

const KEY_BYTES = 32;

/**
 * The key that pseudonyms are made with: the one in `file`, which is made where it is not there yet; without a file one
 * for this time only.
 * @throws UserError where the file is something else or cannot be made
 */
export function pseudonymKey(file: string | undefined): Uint8Array {
  const made = randomBytes(KEY_BYTES);
  if (file === undefined) return made;
  try {
    writeFileSync(file, `${made.toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
    return made;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
      throw new UserError(`${file}: the key cannot be written (${errorText(error)})`);
  }
  let text: string;
  try {
    text = readTextFile(file).trim();
  } catch (error) {
    throw new UserError(`${file}: the key cannot be read (${errorText(error)})`);
  }
  if (!/^[0-9a-f]{64}$/.test(text)) throw new UserError(`${file}: exists already and was not made by capture`);
  return Buffer.from(text, 'hex');
}
