import { win32 } from 'node:path';
import { OperationalError } from '../errors.ts';
import type { Accounts, FileSecurity } from './boundary.ts';
import { ADMINISTRATORS, SYSTEM, TRUSTED_INSTALLER, writersOf } from './rights.ts';

/**
 * `program`: only administrators may write. `state`: the account of the service must write, and large groups must not.
 */
export type Strictness = 'program' | 'state';

/** Groups with many members, with their English names */
const MANY: Readonly<Record<string, string>> = {
  'S-1-1-0': 'Everyone',
  'S-1-5-2': 'Network Users',
  'S-1-5-4': 'Interactive Users',
  'S-1-5-6': 'Services',
  'S-1-5-7': 'Anonymous',
  'S-1-5-11': 'Authenticated Users',
  'S-1-5-32-545': 'Users',
  'S-1-5-32-546': 'Guests',
  'S-1-5-32-547': 'Power Users',
};
/** Domain Users, Domain Guests, Domain Computers */
const MANY_OF_A_DOMAIN = /^S-1-5-21-[\d-]+-51[345]$/;
/**
 * The built-in administrator, domain and enterprise administrators; CREATOR OWNER and OWNER RIGHTS, which are the owner
 */
const TRUSTED = /^S-1-5-21-[\d-]+-(?:500|512|519)$|^S-1-3-[04]$/;

/**
 * A path and the folders above it, without the root of the drive: everyone may create folders there, which replaces
 * nothing that exists.
 */
function withParents(path: string): readonly string[] {
  const parent = win32.dirname(path);
  return parent === path ? [] : [path, ...withParents(parent)];
}

/**
 * The first thing on the way to one of `paths` that somebody else can write or replace; undefined where there is none.
 * @throws OperationalError where rights cannot be read
 */
export function findWindowsWriter(
  { files, accounts }: { readonly files: FileSecurity; readonly accounts: Pick<Accounts, 'self' | 'elevated'> },
  paths: readonly string[],
  strictness: Strictness,
): string | undefined {
  // A file that a member of Administrators owns counts as owned by Administrators.
  const own = accounts.elevated() ? accounts.self() : undefined;
  const trusted = (sid: string): boolean =>
    sid === SYSTEM ||
    sid === ADMINISTRATORS ||
    sid === TRUSTED_INSTALLER ||
    sid === own ||
    TRUSTED.test(sid) ||
    (strictness === 'state' && MANY[sid] === undefined && !MANY_OF_A_DOMAIN.test(sid));
  for (const path of paths) {
    const found = withParents(path).flatMap((place) => {
      const descriptor = files.describe(place);
      return descriptor === undefined ? [] : [{ place, descriptor }];
    });
    if (found.length === 0)
      throw new OperationalError('rights_unreadable', `neither ${path} nor a folder above it can be found`);
    for (const [index, { place, descriptor }] of found.entries()) {
      // A path that does not exist can be created by everyone who can add to the nearest existing folder.
      const writers = writersOf(descriptor, index === 0 ? 'itself' : 'parent', trusted);
      if (writers.length > 0)
        return `${place}: ${writers.map((sid) => MANY[sid] ?? sid).join(', ')} can ${index === 0 ? 'write' : 'replace what is in'} it`;
    }
  }
  return undefined;
}
