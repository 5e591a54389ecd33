import { compare, hashSync } from 'bcryptjs';
import { describe, expect, it } from 'vitest';
import { Authenticator, basicCredentials } from '../../../src/http/web-config/basic-auth.ts';
import { BcryptChecker, BusyError } from '../../../src/http/web-config/bcrypt.ts';

const CLIENT = '192.0.2.7';
const users = new Map([
  ['scraper', hashSync('right', 4)],
  ['admin', hashSync('other', 5)],
]);

/** Counts what a real checker would be asked, and against which hash. */
function counting() {
  const asked: string[] = [];
  return {
    asked,
    check: async (password: string, hash: string) => {
      asked.push(hash);
      return compare(password, hash);
    },
  };
}

describe('basic authentication', () => {
  it('reads user and password of the header, a colon in the password too', () => {
    const header = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(basicCredentials(header('scraper:a:b'))).toEqual({ user: 'scraper', password: 'a:b' });
    expect(basicCredentials(header('ümläut:pässwörd'))).toEqual({ user: 'ümläut', password: 'pässwörd' });
    for (const wrong of [undefined, '', 'Bearer abc', 'Basic', 'Basic !!!', header('nocolon')])
      expect(basicCredentials(wrong)).toBeUndefined();
  });

  it('a right password costs bcrypt once, a wrong one each time', async () => {
    const checker = counting();
    const authenticator = new Authenticator(() => users, checker);
    for (let scrape = 0; scrape < 5; scrape++)
      expect(await authenticator.admits('scraper', 'right', CLIENT)).toBe(true);
    expect(checker.asked).toHaveLength(1);
    for (let guess = 0; guess < 3; guess++) expect(await authenticator.admits('scraper', 'wrong', CLIENT)).toBe(false);
    expect(checker.asked).toHaveLength(4);
    expect(await authenticator.admits('admin', 'right', CLIENT)).toBe(false);
  });

  it('an unknown user is checked as one that exists, against the same hash each time', async () => {
    const checker = counting();
    const authenticator = new Authenticator(() => users, checker);
    for (let guess = 0; guess < 4; guess++)
      expect(await authenticator.admits('nobody', `guess ${guess}`, CLIENT)).toBe(false);
    expect(checker.asked).toHaveLength(4);
    expect(new Set(checker.asked).size).toBe(1);
    expect([...users.values()]).toContain(checker.asked[0]);
    // Not even with the password of the user whose hash it is.
    for (const password of ['right', 'other'])
      expect(await authenticator.admits('nobody', password, CLIENT)).toBe(false);
  });

  it('a login is remembered as long as its hash, whatever else changes', async () => {
    const checker = counting();
    let now: ReadonlyMap<string, string> = users;
    const authenticator = new Authenticator(() => now, checker);
    await authenticator.admits('scraper', 'right', CLIENT);
    now = new Map([...users, ['third', hashSync('new', 4)]]);
    expect(await authenticator.admits('scraper', 'right', CLIENT)).toBe(true);
    expect(checker.asked).toHaveLength(1);
    now = new Map([['scraper', hashSync('changed', 4)]]);
    expect(await authenticator.admits('scraper', 'right', CLIENT)).toBe(false);
    now = new Map();
    expect(await authenticator.admits('scraper', 'right', CLIENT)).toBe(false);
  });

  it('remembers a bounded number of credentials', async () => {
    const many = new Map(Array.from({ length: 300 }, (_, n) => [`user${n}`, users.get('scraper') ?? '']));
    const checker = counting();
    const authenticator = new Authenticator(() => many, checker);
    for (const user of many.keys()) await authenticator.admits(user, 'right', CLIENT);
    checker.asked.length = 0;
    await authenticator.admits('user299', 'right', CLIENT);
    expect(checker.asked).toHaveLength(0);
    await authenticator.admits('user0', 'right', CLIENT);
    expect(checker.asked).toHaveLength(1);
  });
});

describe('the checker', () => {
  it('compares off the event loop, and refuses more than can wait', async () => {
    const checker = new BcryptChecker(2);
    const slow = hashSync('right', 11);
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    try {
      const first = checker.check('right', slow, CLIENT);
      const second = checker.check('wrong', slow, CLIENT);
      const third = checker.check('right', slow, CLIENT);
      await expect(checker.check('one too many', slow, CLIENT)).rejects.toBeInstanceOf(BusyError);
      expect(await first).toBe(true);
      expect(await second).toBe(false);
      expect(await third).toBe(true);
      expect(turns).toBeGreaterThan(10);
    } finally {
      clearInterval(ticking);
      await checker.close();
    }
  });

  it('lets in a client that asks once while others try one password after the other', async () => {
    const checker = new BcryptChecker();
    const hash = hashSync('right', 8);
    const order: string[] = [];
    const attack = (client: string, count: number) =>
      Array.from({ length: count }, async (_, guess) => {
        await checker.check(`guess ${guess}`, hash, client).catch((error: unknown) => {
          expect(error).toBeInstanceOf(BusyError);
        });
        order.push(client);
      });
    try {
      const guesses = [...attack('192.0.2.8', 40), ...attack('192.0.2.9', 40)];
      expect(await checker.check('right', hash, CLIENT)).toBe(true);
      order.push(CLIENT);
      await Promise.all(guesses);
      // Of the checks that were not refused, at most one of each attacker and the one that ran came before.
      expect(order).toHaveLength(81);
      const refused = 80 - 16;
      expect(order.indexOf(CLIENT)).toBeLessThanOrEqual(refused + 3);
    } finally {
      await checker.close();
    }
  });
});
