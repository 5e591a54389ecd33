import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { readWebConfig } from '../../../src/http/web-config/load.ts';

const folder = join(import.meta.dirname, '../../fixtures/web-config');
const files = readdirSync(folder).map((name) => ({
  name,
  says: [...readFileSync(join(folder, name), 'utf8').matchAll(/^# says: (.*)$/gm)].map(([, message = '']) => message),
}));

it('there is a faulty web configuration for each way to be wrong', () => {
  expect(files.length).toBeGreaterThan(15);
  expect(files.filter(({ says }) => says.length === 0)).toEqual([]);
});

/** Its first lines are what is said of it, after the file's name. */
it.each(files)('$name', async ({ name, says }) => {
  const { result } = await readWebConfig(join(folder, name));
  if (!(result instanceof UserError)) throw new Error('was taken for valid');
  const lines = result.message.split('\n');
  expect(lines).toHaveLength(says.length);
  for (const [index, message] of says.entries())
    expect(lines[index]).toContain(/^\d/.test(message) ? `${name}:${message}` : message);
  expect(result.message).not.toContain('never-shown');
});

it('a missing file', async () => {
  const { result } = await readWebConfig(join(folder, 'nowhere.yml'));
  expect(result).toBeInstanceOf(UserError);
  expect(result).toHaveProperty(
    'message',
    expect.stringMatching(/web configuration .*nowhere\.yml cannot be read \(ENOENT/),
  );
});
