import koffi from 'koffi';
import { OperationalError } from '../../errors.ts';
import type { Accounts } from '../boundary.ts';
import { ERROR, lastError, type Out, type Pointer, windowsError, windowsFunction } from './library.ts';
import { sidText, withSid } from './sid.ts';

const currentProcess = windowsFunction<() => Pointer>('kernel32.dll', 'void * __stdcall GetCurrentProcess()');
const closeHandle = windowsFunction<(handle: Pointer) => number>(
  'kernel32.dll',
  'int __stdcall CloseHandle(void *handle)',
);
const openToken = windowsFunction<(process: Pointer, access: number, token: Out<Pointer>) => number>(
  'advapi32.dll',
  'int __stdcall OpenProcessToken(void *process, uint32_t access, _Out_ void **token)',
);
const tokenInformation = windowsFunction<
  (token: Pointer, kind: number, info: Buffer, size: number, length: Out<number>) => number
>(
  'advapi32.dll',
  'int __stdcall GetTokenInformation(void *token, int kind, _Out_ uint8_t *info, uint32_t size, _Out_ uint32_t *length)',
);
const isMember = windowsFunction<(token: null, sid: Pointer, member: Out<number>) => number>(
  'advapi32.dll',
  'int __stdcall CheckTokenMembership(void *token, void *sid, _Out_ int *member)',
);
const lookupName = windowsFunction<
  (
    machine: null,
    name: string,
    sid: Buffer,
    sidSize: Out<number>,
    domain: Buffer,
    domainSize: Out<number>,
    use: Out<number>,
  ) => number
>(
  'advapi32.dll',
  'int __stdcall LookupAccountNameW(str16 machine, str16 name, _Out_ uint8_t *sid, _Inout_ uint32_t *sidSize, _Out_ uint16_t *domain, _Inout_ uint32_t *domainSize, _Out_ uint32_t *use)',
);
const lookupSid = windowsFunction<
  (
    machine: null,
    sid: Pointer,
    name: Buffer,
    nameSize: Out<number>,
    domain: Buffer,
    domainSize: Out<number>,
    use: Out<number>,
  ) => number
>(
  'advapi32.dll',
  'int __stdcall LookupAccountSidW(str16 machine, void *sid, _Out_ uint16_t *name, _Inout_ uint32_t *nameSize, _Out_ uint16_t *domain, _Inout_ uint32_t *domainSize, _Out_ uint32_t *use)',
);
koffi.struct('LOCALGROUP_MEMBERS_INFO_0', { lgrmi0_sid: 'void *' });
type ChangeMembers = (
  machine: null,
  group: string,
  level: number,
  member: { lgrmi0_sid: Pointer },
  count: number,
) => number;
const addMembers = windowsFunction<ChangeMembers>(
  'netapi32.dll',
  'uint32_t __stdcall NetLocalGroupAddMembers(str16 machine, str16 group, uint32_t level, LOCALGROUP_MEMBERS_INFO_0 *member, uint32_t count)',
);
const deleteMembers = windowsFunction<ChangeMembers>(
  'netapi32.dll',
  'uint32_t __stdcall NetLocalGroupDelMembers(str16 machine, str16 group, uint32_t level, LOCALGROUP_MEMBERS_INFO_0 *member, uint32_t count)',
);

const TOKEN_QUERY = 0x8;
const TOKEN_USER = 1;
const ADMINISTRATORS = 'S-1-5-32-544';
const LETTERS = 512;

function self(): string {
  const token: Out<Pointer> = [null];
  if (openToken(currentProcess(), TOKEN_QUERY, token) === 0) throw windowsError('OpenProcessToken');
  try {
    const info = Buffer.alloc(256);
    if (tokenInformation(token[0], TOKEN_USER, info, info.length, [0]) === 0) throw windowsError('GetTokenInformation');
    // TOKEN_USER begins with a pointer to the SID, which follows in the same buffer.
    return sidText(info.readBigUInt64LE(0));
  } finally {
    closeHandle(token[0]);
  }
}

function elevated(): boolean {
  return withSid(ADMINISTRATORS, (sid) => {
    const member: Out<number> = [0];
    if (isMember(null, sid, member) === 0) throw windowsError('CheckTokenMembership');
    return member[0] !== 0;
  });
}

function sidOf(account: string): string {
  const sid = Buffer.alloc(128);
  const use: Out<number> = [0];
  if (lookupName(null, account, sid, [sid.length], Buffer.alloc(LETTERS * 2), [LETTERS], use) === 0) {
    const error = lastError();
    if (error !== ERROR.noneMapped) throw windowsError(`Looking up the account ${account}`, error);
    throw new OperationalError(
      'account_not_found',
      `there is no account ${account}: give it as DOMAIN\\name or .\\name`,
    );
  }
  return sidText(koffi.address(sid));
}

/** The name of a group in this Windows' language. */
function groupName(groupSid: string): string | undefined {
  return withSid(groupSid, (sid) => {
    const name = Buffer.alloc(LETTERS * 2);
    const length: Out<number> = [LETTERS];
    if (lookupSid(null, sid, name, length, Buffer.alloc(LETTERS * 2), [LETTERS], [0]) === 0) {
      const error = lastError();
      if (error === ERROR.noneMapped) return undefined;
      throw windowsError(`Looking up the group ${groupSid}`, error);
    }
    return name.toString('utf16le', 0, length[0] * 2);
  });
}

const change =
  (members: ChangeMembers, what: string, done: number) =>
  (groupSid: string, memberSid: string): boolean => {
    const group = groupName(groupSid);
    if (group === undefined) return false;
    const error = withSid(memberSid, (sid) => members(null, group, 0, { lgrmi0_sid: sid }, 1));
    if (error !== 0 && error !== done) throw windowsError(`${what} the group ${group}`, error);
    return true;
  };

/** Accounts and local groups of this Windows. */
export const accounts: Accounts = {
  self,
  elevated,
  sidOf,
  addToGroup: change(addMembers, 'Adding the account to', ERROR.memberInAlias),
  removeFromGroup: change(deleteMembers, 'Removing the account from', ERROR.memberNotInAlias),
};
