import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertmanager } from '../../../src/alerting/notify/alertmanager.ts';
import { openEndpoint, type ReceiverConfig } from '../../../src/alerting/notify/endpoint.ts';
import { createSender } from '../../../src/alerting/notify/sender.ts';
import { webhook } from '../../../src/alerting/notify/webhook.ts';
import { type Receiver, startReceiver } from '../../support/servers/receiver.ts';
import { alertOf, keptLog, NOW } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'secrets '));
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('a receiver whose secrets are in files', () => {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(async () => {
    await receiver.close();
    rmSync(folder, { recursive: true });
  });
  /** Sends one alert to an Alertmanager. Resolves with the headers of the request, if one came, and with the log. */
  async function send(settings: ReceiverConfig) {
    const log = keptLog();
    const sender = createSender(
      alertmanager(() => openEndpoint({ url: receiver.url, ...settings }), log),
      log,
    );
    const before = receiver.received.length;
    sender.enqueue([alertOf('web07')], NOW);
    await sender.drain();
    return { headers: receiver.received[before]?.headers, lines: log.lines };
  }

  it('uses what is in the file when an alert is sent, without the white space around it', async () => {
    const log = keptLog();
    const password = write('password', ' first\r\n');
    const sender = createSender(
      alertmanager(
        () => openEndpoint({ url: receiver.url, basic_auth: { username: 'hv', password_file: password } }),
        log,
      ),
      log,
    );
    const sent = async () => {
      const before = receiver.received.length;
      sender.enqueue([alertOf('web07')], NOW);
      await sender.drain();
      return receiver.received[before]?.headers.authorization;
    };
    expect(await sent()).toBe(basic('hv:first'));
    write('password', 'second');
    expect(await sent()).toBe(basic('hv:second'));
  });

  it('takes token and headers from files', async () => {
    const { headers } = await send({
      bearer_token_file: write('token', 'abc\n'),
      headers: { 'X-Scope-OrgID': 'tenant-1' },
      header_files: { 'X-Api-Key': write('key', 'never-shown') },
    });
    expect(headers).toMatchObject({
      authorization: 'Bearer abc',
      'x-scope-orgid': 'tenant-1',
      'x-api-key': 'never-shown',
    });
  });

  it('takes the URL of a webhook from a file, and tells neither its path nor its file', async () => {
    const log = keptLog();
    const hook = webhook(() => openEndpoint({ url_file: write('hook', `${receiver.url}/never-shown\n`) }), log);
    expect(hook.name).toBe(receiver.url);
    await hook.send([alertOf('web07')], NOW);
    expect(receiver.received.at(-1)?.url).toBe('/never-shown');
  });

  it.each([
    ['is gone', { bearer_token_file: join(folder, 'none') }, /none of an alert receiver cannot be read: ENOENT/],
    ['is empty', { bearer_token_file: write('empty', ' \n') }, /empty of an alert receiver is empty/],
    ['has two lines', { bearer_token_file: write('two', 'a\nb') }, /two of an alert receiver has more than one line/],
    [
      'is no URL',
      { url: undefined, url_file: write('text', 'never-shown') },
      /text of an alert receiver must hold an http/,
    ],
  ] as const)('a file that %s is named, without what it holds', (_, settings, message) => {
    expect(() => openEndpoint({ url: receiver.url, ...settings })).toThrow(message);
    try {
      openEndpoint({ url: receiver.url, ...settings });
    } catch (error) {
      expect(String(error)).not.toContain('never-shown');
    }
  });
});
