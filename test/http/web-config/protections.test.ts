import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openWebConfig, type WebConfigHandle } from '../../../src/http/web-config/watch.ts';

const USERS = 'basic_auth_users: { scraper: $2b$10$cJp.eTGmvv6sCLpbiTOdM.8tKcCTcjXc6L7k9WJbHhWBnDvg9XQXe }\n';
const folder = mkdtempSync(join(tmpdir(), 'web-config-'));
const file = join(folder, 'web.yml');
let errors: string[] = [];
const log = { info() {}, warn() {}, error: (fields: object) => void errors.push(JSON.stringify(fields)) };

afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => (errors = []));

/** A web configuration in use, of which the file is written again while it runs. */
async function running(text: string): Promise<{ handle: WebConfigHandle; outcomes: boolean[] }> {
  writeFileSync(file, text);
  const handle = await openWebConfig(file, log, 3_600_000);
  const outcomes: boolean[] = [];
  handle.onReload((success) => outcomes.push(success));
  return { handle, outcomes };
}

describe('a reload takes no protection away', () => {
  it.each([
    ['emptied', ''],
    ['cut before the users', '# users\n'],
    ['with no users', 'basic_auth_users: {}\n'],
  ])('a file that is %s keeps basic authentication', async (_, text) => {
    const { handle, outcomes } = await running(USERS);
    writeFileSync(file, text);
    await expect(handle.reload()).rejects.toThrow('no longer has basic authentication');
    expect(handle.current.users.size).toBe(1);
    expect(outcomes).toEqual([false]);
    expect(errors).toHaveLength(1);

    // Asked again, it says so again, but the log does not repeat it; the file restored, all is well.
    await expect(handle.reload()).rejects.toThrow('restart the exporter if this is what you want');
    expect(errors).toHaveLength(1);
    writeFileSync(file, USERS);
    await handle.reload();
    expect(outcomes).toEqual([false, true]);
    handle.close();
  });

  it('every cut of the file keeps basic authentication', async () => {
    const text = `# web configuration\n${USERS}`;
    const { handle } = await running(text);
    for (let length = 0; length < text.length; length++) {
      writeFileSync(file, text.slice(0, length));
      await handle.reload().catch(() => {});
      expect(handle.current.users.size, text.slice(0, length)).toBe(1);
    }
    expect(errors.length).toBeGreaterThan(50);
    handle.close();
  });

  it('users may be added and removed, and their passwords changed', async () => {
    const { handle, outcomes } = await running(USERS);
    writeFileSync(file, USERS.replace('scraper', 'other'));
    await handle.reload();
    expect([...handle.current.users.keys()]).toEqual(['other']);
    expect(outcomes).toEqual([true]);
    handle.close();
  });
});
