/**
 * Who can write, from a security descriptor in SDDL: SIDs and bits, so the same in every language of Windows.
 * Forms: learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format and ace-strings.
 */

/** FILE_WRITE_DATA, FILE_APPEND_DATA, FILE_DELETE_CHILD, DELETE, WRITE_DAC, WRITE_OWNER, GENERIC_ALL, GENERIC_WRITE */
const WRITES = 0x2 | 0x4 | 0x40 | 0x10000 | 0x40000 | 0x80000 | 0x10000000 | 0x40000000;

const RIGHTS: Readonly<Record<string, number>> = {
  GA: 0x10000000,
  GR: 0x80000000,
  GW: 0x40000000,
  GX: 0x20000000,
  RC: 0x20000,
  SD: 0x10000,
  WD: 0x40000,
  WO: 0x80000,
  CC: 0x1,
  DC: 0x2,
  LC: 0x4,
  SW: 0x8,
  RP: 0x10,
  WP: 0x20,
  DT: 0x40,
  LO: 0x80,
  CR: 0x100,
  FA: 0x1f01ff,
  FR: 0x120089,
  FW: 0x120116,
  FX: 0x1200a0,
};

const NAMES: Readonly<Record<string, string>> = {
  WD: 'Everyone',
  AN: 'Anonymous',
  AU: 'Authenticated Users',
  BU: 'Users',
  BG: 'Guests',
  IU: 'Interactive Users',
  NU: 'Network Users',
  SU: 'Services',
  DU: 'Domain Users',
  DG: 'Domain Guests',
  DC: 'Domain Computers',
  PU: 'Power Users',
  'S-1-1-0': 'Everyone',
  'S-1-5-7': 'Anonymous',
  'S-1-5-11': 'Authenticated Users',
  'S-1-5-32-545': 'Users',
  'S-1-5-32-546': 'Guests',
  'S-1-5-4': 'Interactive Users',
  'S-1-5-2': 'Network Users',
};

/** SYSTEM, Administrators, TrustedInstaller, the built-in administrator, domain and enterprise administrators; CREATOR OWNER is whoever owns */
const ADMINISTRATORS =
  /^(?:SY|BA|LA|DA|EA|CO|OW|S-1-5-18|S-1-5-32-544|S-1-3-[04]|S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464|S-1-5-21-[\d-]+-(?:500|512|519))$/;

/** `program`: administrators alone may write. `state`: the service's own account must, only groups of many must not. */
export type Strictness = 'program' | 'state';

/** Those that may write but should not, by name or SID; undefined where the text is no security descriptor. Pure. */
export function sddlWriters(sddl: string, strictness: Strictness): readonly string[] | undefined {
  const [, owner, rest] = /^O:(S-[\d-]+|[A-Z]{2})(?:G:(?:S-[\d-]+|[A-Z]{2}))?D:(.*)$/s.exec(sddl) ?? [];
  // What is audited (S:) comes after it.
  const acl = rest?.split(/S:(?=[A-Z]*\()/)[0];
  if (owner === undefined || acl === undefined) return undefined;
  const allowed = (sid: string) =>
    strictness === 'state'
      ? NAMES[sid] === undefined && !/^S-1-5-21-[\d-]+-51[345]$/.test(sid)
      : ADMINISTRATORS.test(sid);
  const writers = new Set(allowed(owner) ? [] : [owner]);
  // No list at all lets everybody do everything.
  if (!acl.includes('(')) return acl.includes('NO_ACCESS_CONTROL') ? ['Everyone'] : [...writers];
  for (const [, ace = ''] of acl.matchAll(/\(([^)]*)\)/g)) {
    const [type, , rights = '', , , sid = ''] = ace.split(';');
    if ((type === 'A' || type === 'XA') && (bitsOf(rights) & WRITES) !== 0 && !allowed(sid)) writers.add(sid);
  }
  return [...writers].map((sid) => NAMES[sid] ?? sid);
}

function bitsOf(rights: string): number {
  if (/^0x/i.test(rights)) return Number.parseInt(rights, 16);
  let bits = 0;
  for (const [right] of rights.matchAll(/../g)) bits |= RIGHTS[right] ?? 0;
  return bits;
}
