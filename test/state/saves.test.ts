import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAgent } from '../../src/agent.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createLogger } from '../../src/log.ts';
import { createDemoReader } from '../../src/simulated-host/reader.ts';
import { systemClock } from '../../src/clock.ts';
import { createSaves, STATE_FILES } from '../../src/state/saves.ts';
import { until } from '../support/servers/until.ts';
import { pass } from '../support/simulated-time.ts';

describe('files of the state folder that cannot be saved', () => {
  const full = new Error('ENOSPC: no space left on device');

  it('are counted each time, logged at once and then once a minute, and their end is logged when no folder fails', async () => {
    let now = 0;
    const lines: unknown[] = [];
    const counted: string[] = [];
    const say =
      (level: string) =>
      (fields: object, message: string): void =>
        void lines.push([now / 1000, level, message, fields]);
    const saves = createSaves(
      { warn: say('warn'), info: say('info') },
      (file) => void counted.push(file),
      () => now,
    );
    const save = (file: 'history' | 'journal', folder: string, fails: boolean) =>
      saves.run(file, folder, () => (fails ? Promise.reject(full) : Promise.resolve()));
    for (; now < 150_000; now += 10_000) {
      expect(await save('history', 'a', true)).toBe(false);
      expect(await save('history', 'b', true)).toBe(false);
    }
    saves.failed('journal', 'a', full);
    expect(await save('history', 'a', false)).toBe(true);
    await save('history', 'b', false);
    await save('history', 'b', false);
    const error = full.message;
    expect(lines).toEqual([
      [0, 'warn', 'the history cannot be saved', { error, folder: 'a', failures: 1 }],
      [60, 'warn', 'the history cannot be saved', { error, folder: 'a', failures: 13 }],
      [120, 'warn', 'the history cannot be saved', { error, folder: 'a', failures: 25 }],
      [150, 'warn', expect.stringContaining('journal cannot be written'), { error, folder: 'a', failures: 1 }],
      [150, 'info', 'the history can be saved again', { folder: 'b', failures: 30 }],
    ]);
    expect(counted).toEqual([...Array.from({ length: 30 }, () => 'history'), 'journal']);
  });
});

describe('an agent whose state folder can no longer be written', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'saves '));
    vi.useFakeTimers({ toFake: ['setInterval'] });
  });
  afterEach(() => {
    vi.useRealTimers();
    rmSync(folder, { recursive: true, force: true });
  });

  it('goes on serving, and counts and logs what it cannot save by kind of file', async () => {
    const lines: string[] = [];
    const log = createLogger({
      level: 'info',
      format: 'json',
      destination: { write: (line) => void lines.push(line) },
    });
    const { config } = loadConfig({
      flags: new Map([
        ['source', 'demo'],
        ['storage.path', folder],
        ['poll.activity.interval', '5s'],
        ['poll.inventory.interval', '5s'],
      ]),
      environment: {},
    });
    const reader = createDemoReader({ seed: 1, scenario: 'healthy', clock: systemClock });
    const agent = await createAgent(config, { reader, log, version: '0.0.0' });
    const counters = async () => {
      const { body } = await agent.server.inject('/metrics');
      return new Map(
        [...body.matchAll(/^hyperv_exporter_state_save_failures_total\{file="(\w+)"\} (\d+)$/gm)].map(
          ([, file = '', count]) => [file, Number(count)],
        ),
      );
    };
    agent.start();
    await until('metrics are served', async () => (await counters()).size > 0);
    expect([...(await counters())]).toEqual(STATE_FILES.map((file) => [file, 0]));
    // A file where the folder should be fails as a full disk does, for root too.
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    await pass(300_000);
    await until('failures are counted', async () => ((await counters()).get('charts') ?? 0) > 0, { withinMs: 30_000 });
    expect((await counters()).get('history')).toBe(5);
    const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    for (const message of ['the history cannot be saved', 'the values of the charts cannot be saved'])
      expect(messages.filter((each) => each === message)).toEqual([message]);
    rmSync(folder);
    await pass(60_000);
    await until('saves succeed again', () => lines.some((line) => line.includes('the history can be saved again')));
    await agent.close();
  }, 60_000);
});
