import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createAgent } from '../../src/agent.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { loadTextFile, readTextFile } from '../../src/files/text.ts';
import { createLogger } from '../../src/log.ts';
import { createDemoReader } from '../../src/simulated-host/reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'text files '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(process.platform === 'win32')('what stands where a text file should be', () => {
  it.each([
    ['a named pipe', (path: string) => void execFileSync('mkfifo', [path]), 'is not a file'],
    ['a link to a device without end', (path: string) => symlinkSync('/dev/zero', path), 'is not a file'],
    ['a folder', (path: string) => symlinkSync(folder, path), 'is not a file'],
    [
      'a file of many megabytes',
      (path: string) => {
        writeFileSync(path, '');
        truncateSync(path, 17 * 1024 * 1024);
      },
      'more than 16777216',
    ],
  ])('%s: is refused at once', async (name, make, message) => {
    const path = join(folder, name);
    make(path);
    expect(() => readTextFile(path)).toThrow(message);
    await expect(loadTextFile(path)).rejects.toThrow(message);
  });

  it('a named pipe in the place of the web configuration of a running agent: a reload fails, and the next one does not', async () => {
    const file = join(folder, 'web.yml');
    const good = "basic_auth_users: { u: '$2y$05$Igf0UXmZ0aS9jEVHuJeQ6OhFDkXlhgHGkHVDC3i6mpRY/pyWhmyZS' }\n";
    writeFileSync(file, good);
    const { config } = loadConfig({
      flags: new Map([
        ['source', 'demo'],
        ['web.config.file', file],
      ]),
      environment: {},
    });
    const agent = await createAgent(config, {
      reader: createDemoReader({ seed: 1, scenario: 'healthy', clock: systemClock }),
      log: createLogger({ level: 'error', format: 'json', destination: { write: () => undefined } }),
      version: '0.0.0',
      loadConfig: () => config,
    });
    const status = async () => (await agent.server.inject('/-/healthy')).statusCode;
    await agent.reload();
    rmSync(file);
    execFileSync('mkfifo', [file]);
    await expect(agent.reload()).rejects.toThrow('is not a file');
    expect(await status()).toBe(401);
    rmSync(file);
    writeFileSync(file, good);
    await agent.reload();
    expect(await status()).toBe(401);
    await agent.close();
  });
});
