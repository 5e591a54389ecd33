import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorText } from '../../src/errors.ts';
import { redactText } from '../../src/log.ts';
import { head, hideUrlSecrets, tail, withoutSecrets } from '../../src/text/redact.ts';
import { anyText } from '../support/any-text.ts';

/** A secret that occurs in no other part of a text: its characters are used nowhere else. */
const ALPHABET = 'QXZVKJ';
const secret = fc.string({ unit: fc.constantFrom(...ALPHABET.split('')), minLength: 4, maxLength: 40 });
const plain = fc.string({ unit: fc.constantFrom(...'abc def, ghi. ("jk")\n'.split('')), maxLength: 300 });
const urlWith = fc
  .tuple(
    fc.constantFrom('http', 'https', 'postgres', 'HTTPS'),
    secret,
    fc.constantFrom('user', 'password', 'query', 'fragment'),
  )
  .map(([scheme, token, where]) => {
    const rest = { user: '', password: '', query: `?token=${token}&b=1`, fragment: `#access_token=${token}` }[where];
    const user = { user: `${token}@`, password: `me:p/@${token}'@`, query: '', fragment: '' }[where];
    return { token, url: `${scheme}://${user}am.example.net:9093/path${rest}` };
  });
/** No part of the secret of four characters and more is in the text. */
const leaks = (text: string, token: string): boolean =>
  Array.from({ length: token.length - 3 }, (_, at) => token.slice(at, at + 4)).some((part) => text.includes(part));

describe('secrets', () => {
  it('of a URL are in no message, wherever the URL stands and wherever the text is cut', () => {
    fc.assert(
      fc.property(plain, urlWith, plain, fc.nat(400), (before, { url, token }, after, length) => {
        const text = `${before} ${url} ${after}`;
        for (const shown of [
          hideUrlSecrets(text),
          head(text, length),
          tail(text, length),
          errorText(new Error(text)),
          redactText(text),
          // What comes in pieces, the end of which is kept
          text.split('').reduce((kept, piece) => tail(kept + piece, 200 + length), ''),
        ])
          expect([shown, leaks(shown, token)]).toEqual([shown, false]);
      }),
      { numRuns: 1500 },
    );
  });

  it('of a request are in no quoted answer, as they are or escaped, wherever the answer was cut', () => {
    const any = fc.oneof(secret, anyText({ minLength: 4, maxLength: 30 }));
    fc.assert(
      fc.property(
        fc.array(any, { minLength: 1, maxLength: 4 }),
        fc.array(fc.oneof(plain, fc.nat(3)), { maxLength: 12 }),
        fc.constantFrom(
          (text: string) => text,
          (text: string) => JSON.stringify(text).slice(1, -1),
          (text: string) => encodeURIComponent(text.toWellFormed()),
        ),
        fc.nat(600),
        (secrets, parts, spell, length) => {
          const body = parts.map((part) => (typeof part === 'string' ? part : spell(secrets[part % secrets.length]!)));
          const whole = body.join('');
          const shown = withoutSecrets(whole.slice(0, length), secrets, length < whole.length);
          for (const each of secrets.filter((text) =>
            text.split('').every((character) => ALPHABET.includes(character)),
          ))
            expect([shown, leaks(shown, each)]).toEqual([shown, false]);
          for (const each of secrets) expect(shown.replaceAll('[redacted]', '\n\n\n').includes(each)).toBe(false);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('leave what is none: a text without a URL, and a URL without them', () => {
    for (const text of [
      'user@host: connection refused',
      'https://am.example.net:9093/path see docs/#anchor',
      'https://example.org/docs/#anchor',
      'what? [?x=1]',
      '',
    ])
      expect(hideUrlSecrets(text)).toBe(text);
    expect(hideUrlSecrets('GET https://a:b@c/d?e#f failed')).toBe('GET https://[redacted]@c/d?[redacted] failed');
  });
});

describe('a cut text', () => {
  it('is no longer than asked but for the mark, ends between words, and is the text where that is short', () => {
    fc.assert(
      fc.property(plain, fc.nat(300), (text, most) => {
        const [begins, ends] = [head(text, most), tail(text, most)];
        if (text.length <= most) {
          expect([begins, ends]).toEqual([text, text]);
          return;
        }
        for (const cut of [begins, ends]) expect(cut.length).toBeLessThanOrEqual(most + 1);
        expect(text.startsWith(begins.slice(0, -1)) && begins.endsWith('…')).toBe(true);
        expect(text.endsWith(ends.slice(1)) && ends.startsWith('…')).toBe(true);
      }),
    );
    expect(head('from 192.0.2.10', 13)).toBe('from…');
    expect(head('192.0.2.10,192.0.2.11', 13)).toBe('192.0.2.10…');
    expect(tail('2001:db8::10 refused', 14)).toBe('…refused');
    expect(head('x'.repeat(10), 4)).toBe('xxxx…');
  });

  it('takes time in proportion to its length', () => {
    for (const text of ['a://'.repeat(50_000), 'a.'.repeat(100_000), `http://${'@'.repeat(200_000)}`]) {
      const before = performance.now();
      for (const shown of [head(text, 500), tail(text, 500)]) expect(shown.length).toBeLessThan(600);
      expect(performance.now() - before).toBeLessThan(30_000);
    }
  });
});
