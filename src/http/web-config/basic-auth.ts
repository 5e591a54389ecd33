import { createHmac, randomBytes } from 'node:crypto';
import type { BcryptChecker } from './bcrypt.ts';

const REMEMBERED = 256;

/** User and password of an `Authorization: Basic` header (RFC 7617), undefined where it is of another form. */
export function basicCredentials(header: string | undefined): { user: string; password: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+=*) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return rest.length === 0 ? undefined : { user, password: rest.join(':') };
}

/**
 * Who gets in, for one state of the web configuration: a new one forgets what the former remembered.
 * Right credentials are remembered by a keyed hash, so that a scrape costs no bcrypt. An unknown name is checked
 * against the hash of some user, the same one each time: neither the time nor its spread tells which names exist.
 */
export class Authenticator {
  readonly #users: ReadonlyMap<string, string>;
  readonly #checker: Pick<BcryptChecker, 'check'>;
  readonly #key = randomBytes(32);
  readonly #remembered = new Set<string>();

  constructor(users: ReadonlyMap<string, string>, checker: Pick<BcryptChecker, 'check'>) {
    this.#users = users;
    this.#checker = checker;
  }

  /** Rejects with BusyError when too many checks wait. */
  async admits(user: string, password: string): Promise<boolean> {
    const hash = this.#users.get(user);
    const key = this.#digest(JSON.stringify([user, password])).toString('base64');
    if (hash !== undefined && this.#remembered.has(key)) return true;
    const right = await this.#checker.check(password, hash ?? this.#decoy(user));
    if (hash === undefined || !right) return false;
    if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
    this.#remembered.add(key);
    return true;
  }

  #digest(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }

  #decoy(user: string): string {
    const hashes = [...this.#users.values()];
    return hashes[this.#digest(user).readUInt32BE() % hashes.length] ?? '';
  }
}
