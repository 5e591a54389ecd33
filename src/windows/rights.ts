import type { AccessRule, Descriptor } from './boundary.ts';

/** SID of the account SYSTEM. */
export const SYSTEM = 'S-1-5-18';
/** SID of the group Administrators. */
export const ADMINISTRATORS = 'S-1-5-32-544';
/** SID of the service TrustedInstaller, which owns the files of Windows. */
export const TRUSTED_INSTALLER = 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464';

/** Bits of an access mask that allow changing a file, the content of a folder, or the rights of either. */
const ADD_OR_WRITE = 0x2 | 0x4 | 0x4000_0000;
const DELETE_CHILD = 0x40;
const DELETE_OR_TAKE = 0x1_0000 | 0x4_0000 | 0x8_0000 | 0x1000_0000;

/** The relation of a path to the object that must be protected. */
export type Place =
  /** The object itself: a file, or a folder with its content */
  | 'itself'
  /** A folder above it. Removing files from it allows replacing the object; adding files does not */
  | 'parent';

const changes = ({ allow, mask, inheritOnly }: AccessRule, place: Place): boolean =>
  allow &&
  (place === 'itself'
    ? (mask & (ADD_OR_WRITE | DELETE_CHILD | DELETE_OR_TAKE)) !== 0
    : !inheritOnly && (mask & (DELETE_CHILD | DELETE_OR_TAKE)) !== 0);

/**
 * SIDs of the accounts that can change an object, except for trusted ones. Deny entries are ignored, because their effect
 * depends on group memberships that are not known here.
 * @param trusted whether an account may change the object
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
 * Rights of a folder in SDDL: Administrators own it and have full access, as has SYSTEM. The service can read, or also
 * change files. Nothing is inherited from the parent folder.
 */
export const folderRights = (serviceSid: string, service: 'reads' | 'changes'): string =>
  `O:BAD:PAI(A;OICI;${FULL};;;SY)(A;OICI;${FULL};;;BA)(A;OICI;${service === 'reads' ? READ : MODIFY};;;${serviceSid})`;

/** SDDL: owned by Administrators, with only the rights inherited from the parent folder. */
export const INHERITED_RIGHTS = 'O:BAD:AI';
