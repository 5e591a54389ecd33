import type { AccessRule, Descriptor } from './boundary.ts';

export const SYSTEM = 'S-1-5-18';
export const ADMINISTRATORS = 'S-1-5-32-544';
export const TRUSTED_INSTALLER = 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464';

/** Bits of an access mask that let somebody change a file, or what is in a folder, or the rights of either. */
const ADD_OR_WRITE = 0x2 | 0x4 | 0x4000_0000;
const DELETE_CHILD = 0x40;
const DELETE_OR_TAKE = 0x1_0000 | 0x4_0000 | 0x8_0000 | 0x1000_0000;

/** What a place is to the thing that must not be changed. */
export type Place =
  /** The thing itself, a file or a folder with all that is in it */
  | 'itself'
  /** A folder above it: adding to it replaces nothing that is there; removing from it does */
  | 'parent';

const changes = ({ allow, mask, inheritOnly }: AccessRule, place: Place): boolean =>
  allow &&
  (place === 'itself'
    ? (mask & (ADD_OR_WRITE | DELETE_CHILD | DELETE_OR_TAKE)) !== 0
    : !inheritOnly && (mask & (DELETE_CHILD | DELETE_OR_TAKE)) !== 0);

/**
 * SIDs of those who can change what is at a place, the trusted ones left out. Denials are ignored: what they take away
 * depends on groups that are not known here.
 * @param trusted tells whether a SID may
 */
export function writersOf(
  { owner, rules }: Descriptor,
  place: Place,
  trusted: (sid: string) => boolean,
): readonly string[] {
  const everyone = 'S-1-1-0';
  const writers = rules === undefined ? [everyone] : rules.filter((rule) => changes(rule, place)).map(({ sid }) => sid);
  return [...new Set([owner, ...writers])].filter((sid) => !trusted(sid));
}

const FULL = 'FA';
const READ = '0x1200a9';
const MODIFY = '0x1301bf';

/**
 * Rights of a folder, in the language of security descriptors: Administrators own it; SYSTEM and Administrators may do
 * everything, the service reads, or changes too; nothing is inherited from above.
 */
export const folderRights = (serviceSid: string, service: 'reads' | 'changes'): string =>
  `O:BAD:PAI(A;OICI;${FULL};;;SY)(A;OICI;${FULL};;;BA)(A;OICI;${service === 'reads' ? READ : MODIFY};;;${serviceSid})`;

/** Owned by Administrators, with the rights of the folder above and no others. */
export const INHERITED_RIGHTS = 'O:BAD:AI';
