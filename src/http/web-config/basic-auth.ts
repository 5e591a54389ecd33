import { createHmac, randomBytes } from 'node:crypto';
import type { BcryptChecker } from './bcrypt.ts';

const REMEMBERED = 256;

/** User and password of an `Authorization: Basic` header (RFC 7617); undefined if the header has another form. */
export function basicCredentials(header: string | undefined): { user: string; password: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+=*) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return rest.length === 0 ? undefined : { user, password: rest.join(':') };
}

/**
 * Checks credentials. Correct ones are remembered by a keyed hash of user, password and bcrypt hash, so that a scrape costs
 * no bcrypt and a login is forgotten when its hash changes, and not before. An unknown name is checked against the hash
 * of some user, the same one each time: neither the time nor its spread shows which names exist.
 */
export class Authenticator {
  readonly #users: () => ReadonlyMap<string, string>;
  readonly #checker: Pick<BcryptChecker, 'check'>;
  readonly #key = randomBytes(32);
  readonly #remembered = new Set<string>();

  /** @param users bcrypt hash by name, as configured now */
  constructor(users: () => ReadonlyMap<string, string>, checker: Pick<BcryptChecker, 'check'>) {
    this.#users = users;
    this.#checker = checker;
  }

  /**
   * Whether the credentials are correct. Rejects with BusyError if too many checks are waiting.
   * @param client who asks, see clientOf
   */
  async admits(user: string, password: string, client: string): Promise<boolean> {
    const hash = this.#users().get(user);
    const login = this.#digest(JSON.stringify([user, password, hash])).toString('base64');
    if (hash !== undefined && this.#remembered.has(login)) return true;
    const correct = await this.#checker.check(password, hash ?? this.#decoy(user), client);
    if (hash === undefined || !correct) return false;
    if (this.#remembered.size >= REMEMBERED) this.#remembered.clear();
    this.#remembered.add(login);
    return true;
  }

  #digest(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }

  #decoy(user: string): string {
    const hashes = [...this.#users().values()];
    return hashes[this.#digest(user).readUInt32BE() % hashes.length] ?? '';
  }
}
