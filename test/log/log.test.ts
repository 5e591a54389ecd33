import { Writable } from 'node:stream';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OperationalError } from '../../src/errors.ts';
import { createLogger, openLogger, createRepeater, type LogLevel, redactText } from '../../src/log.ts';
import { unfitLines } from '../support/servers/clean-log.ts';

function logged(level: LogLevel = 'debug') {
  const lines: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  return { lines, log: createLogger({ level, format: 'json', destination }) };
}

// oxlint-disable-next-line no-control-regex -- that is what they are
const ACTED_ON = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/;

describe('the log', () => {
  it('is one JSON object a line: time, level, message, fields', () => {
    const { lines, log } = logged();
    log.info({ port: 10_182 }, 'serving');
    expect(lines).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), port: 10_182, msg: 'serving' },
    ]);
  });

  it('hides secrets, addresses and names of guests from info upwards, whatever holds them', () => {
    const { lines, log } = logged();
    log.warn(
      {
        vm: 'web07',
        target: { url: 'https://hv:never@am.example.net/', bearer_token: 'never' },
        error: 'connect ECONNREFUSED 192.0.2.7:9093 after fe80::1 and 2001:db8::8a2e',
        list: [{ password: 'never' }, { mac: '00155D000001' }],
        err: new OperationalError('no_answer', 'GET http://u:never@10.1.2.3/ failed'),
      },
      'not sent to 10.0.0.5',
    );
    const text = JSON.stringify(lines);
    for (const hidden of ['web07', 'never', '192.0.2.7', 'fe80', '2001:db8', '00155D000001', '10.1.2.3', '10.0.0.5'])
      expect(text).not.toContain(hidden);
    expect(lines[0]).toMatchObject({ vm: '[redacted]', err: { code: 'no_answer', type: 'OperationalError' } });
  });

  it('makes visible what a terminal would act on, at every level and in every format', async () => {
    const hostile = 'a\u001B[2J\u202Eb\r\nc\u009B';
    for (const format of ['json', 'pretty'] as const) {
      let text = '';
      const destination = new Writable({
        write(chunk: Buffer, _encoding, done) {
          text += chunk.toString();
          done();
        },
      });
      const log = await openLogger({ level: 'debug', format, destination });
      const fields = { error: hostile, err: new Error(hostile), list: [{ deep: hostile }] };
      log.debug(fields, hostile);
      log.warn(fields, hostile);
      expect([format, text]).toEqual([format, expect.not.stringMatching(ACTED_ON)]);
      expect(text.split('␣[2J␣b').length).toBeGreaterThan(8);
    }
  });

  it('hides nothing at debug level', () => {
    const { lines, log } = logged();
    log.debug({ vm: 'web07', error: 'from 192.0.2.7' }, 'row skipped');
    expect(lines[0]).toMatchObject({ vm: 'web07', error: 'from 192.0.2.7' });
  });

  it('can change its level at run time', () => {
    const { lines, log } = logged('warn');
    log.info({}, 'one');
    log.level = 'info';
    log.info({}, 'two');
    expect(lines.map(({ msg }) => msg)).toEqual(['two']);
  });

  it('leaves times, versions and GUIDs as they are', () => {
    for (const text of [
      '12:30:15',
      '0.1.0',
      '10.0.20348',
      '6.3.9600',
      'a1b2c3d4-0000-4000-8000-00155d000001',
      'std::out',
      'x:y:z',
    ])
      expect(redactText(text)).toBe(text);
  });

  it('no IPv4 or IPv6 address is logged, wherever it is in a text', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    const word = fc.constantFrom('', ' ', 'from ', '(', '"', '[', 'http://', ', ');
    fc.assert(
      fc.property(word, address, fc.constantFrom('', ' failed', ')', '"', ']:80', '/x', ','), (before, ip, after) => {
        expect(redactText(`${before}${ip}${after}`)).not.toContain(ip);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a repeated failure', () => {
  it('is logged once, counted, and its end is logged', () => {
    const { lines, log } = logged('info');
    const repeater = createRepeater(log);
    for (let poll = 0; poll < 5; poll++) repeater.failed('inventory', { collector: 'inventory' }, 'poll failed');
    repeater.ended('inventory', { collector: 'inventory' }, 'polls work again');
    repeater.ended('inventory', { collector: 'inventory' }, 'polls work again');
    expect(lines.map(({ level, msg, failures }) => [level, msg, failures])).toEqual([
      ['warn', 'poll failed', undefined],
      ['info', 'polls work again', 5],
    ]);
  });
});

describe('the check of every log that these tests produce', () => {
  it('finds an address and a guest in a log, and nothing in a clean one', () => {
    const line = (fields: object) =>
      `${JSON.stringify({ level: 'info', time: '2026-05-04T12:00:00.000Z', ...fields })}\n`;
    const clean = line({ port: 10_182, url: 'http://localhost:10182/', msg: 'serving' });
    expect(unfitLines(clean)).toEqual([]);
    for (const wrong of [
      { from: '192.0.2.7:4711' },
      { error: 'connect to fe80::1 failed' },
      { msg: 'vdi-215 lost its VF' },
    ])
      expect(unfitLines(clean + line(wrong))).toHaveLength(1);
    expect(() => unfitLines('')).toThrow(/not a line/);
  });
});
