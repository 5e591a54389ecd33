import koffi from 'koffi';
import { OperationalError } from '../../errors.ts';
import type { AccessRule, Descriptor, FileSecurity } from '../boundary.ts';
import { ERROR, lastError, type Out, type Pointer, windowsError, windowsFunction, withLocal } from './library.ts';
import { sidText } from './sid.ts';

const createFile = windowsFunction<
  (path: string, access: number, share: number, security: null, open: number, flags: number, template: null) => Pointer
>(
  'kernel32.dll',
  'void * __stdcall CreateFileW(str16 path, uint32_t access, uint32_t share, void *security, uint32_t open, uint32_t flags, void *template)',
);
const closeHandle = windowsFunction<(handle: Pointer) => number>(
  'kernel32.dll',
  'int __stdcall CloseHandle(void *handle)',
);
koffi.struct('FILE_ATTRIBUTE_TAG_INFO', { FileAttributes: 'uint32_t', ReparseTag: 'uint32_t' });
const fileInformation = windowsFunction<
  (handle: Pointer, kind: number, info: { FileAttributes?: number }, size: number) => number
>(
  'kernel32.dll',
  'int __stdcall GetFileInformationByHandleEx(void *handle, int kind, _Out_ FILE_ATTRIBUTE_TAG_INFO *info, uint32_t size)',
);
const getSecurity = windowsFunction<
  (
    handle: Pointer,
    type: number,
    parts: number,
    owner: Out<Pointer>,
    group: null,
    list: Out<Pointer>,
    audit: null,
    all: Out<Pointer>,
  ) => number
>(
  'advapi32.dll',
  'uint32_t __stdcall GetSecurityInfo(void *handle, int type, uint32_t parts, _Out_ void **owner, void **group, _Out_ void **list, void **audit, _Out_ void **all)',
);
const setSecurity = windowsFunction<
  (handle: Pointer, type: number, parts: number, owner: Pointer, group: null, list: Pointer, audit: null) => number
>(
  'advapi32.dll',
  'uint32_t __stdcall SetSecurityInfo(void *handle, int type, uint32_t parts, void *owner, void *group, void *list, void *audit)',
);
const getAce = windowsFunction<(list: Pointer, index: number, ace: Out<Pointer>) => number>(
  'advapi32.dll',
  'int __stdcall GetAce(void *list, uint32_t index, _Out_ void **ace)',
);
const fromSddl = windowsFunction<(text: string, revision: number, all: Out<Pointer>, size: null) => number>(
  'advapi32.dll',
  'int __stdcall ConvertStringSecurityDescriptorToSecurityDescriptorW(str16 text, uint32_t revision, _Out_ void **all, void *size)',
);
const ownerOf = windowsFunction<(all: Pointer, owner: Out<Pointer>, byDefault: Out<number>) => number>(
  'advapi32.dll',
  'int __stdcall GetSecurityDescriptorOwner(void *all, _Out_ void **owner, _Out_ int *byDefault)',
);
const listOf = windowsFunction<
  (all: Pointer, present: Out<number>, list: Out<Pointer>, byDefault: Out<number>) => number
>(
  'advapi32.dll',
  'int __stdcall GetSecurityDescriptorDacl(void *all, _Out_ int *present, _Out_ void **list, _Out_ int *byDefault)',
);
koffi.struct('SECURITY_ATTRIBUTES', { nLength: 'uint32_t', lpSecurityDescriptor: 'void *', bInheritHandle: 'int' });
const createDirectory = windowsFunction<
  (path: string, security: { nLength: number; lpSecurityDescriptor: Pointer; bInheritHandle: number }) => number
>('kernel32.dll', 'int __stdcall CreateDirectoryW(str16 path, SECURITY_ATTRIBUTES *security)');

const READ_CONTROL = 0x20000;
const WRITE_DAC = 0x40000;
const WRITE_OWNER = 0x80000;
const SHARE_ALL = 7;
const OPEN_EXISTING = 3;
/** Opens folders too, and a link instead of what it leads to. */
const BACKUP_SEMANTICS_OPEN_REPARSE_POINT = 0x0220_0000;
/** INVALID_HANDLE_VALUE */
const INVALID_HANDLE = 0xffff_ffff_ffff_ffffn;
const FILE_OBJECT = 1;
const OWNER = 0x1;
const LIST = 0x4;
const PROTECTED = 0x8000_0000;
const UNPROTECTED = 0x2000_0000;
const ATTRIBUTE_TAG_INFO = 9;
const REPARSE_POINT = 0x400;
const INHERIT_ONLY = 0x8;
/** Allow and deny entries, plain and conditional; the others grant nothing on files. */
const ALLOW_TYPES = new Set([0, 9]);
const DENY_TYPES = new Set([1, 10]);

/** Opens a path itself, be it a link; undefined where there is nothing. */
function withPath<T>(path: string, access: number, use: (handle: Pointer) => T): T | undefined {
  const handle = createFile(path, access, SHARE_ALL, null, OPEN_EXISTING, BACKUP_SEMANTICS_OPEN_REPARSE_POINT, null);
  if (handle === INVALID_HANDLE) {
    const error = lastError();
    if (error === ERROR.fileNotFound || error === ERROR.pathNotFound) return undefined;
    throw windowsError(`Opening ${path}`, error);
  }
  try {
    return use(handle);
  } finally {
    closeHandle(handle);
  }
}

function withDescriptor<T>(sddl: string, use: (all: Pointer) => T): T {
  const all: Out<Pointer> = [null];
  if (fromSddl(sddl, 1, all, null) === 0) throw windowsError(`ConvertStringSecurityDescriptor ${sddl}`);
  return withLocal(all[0], use);
}

/** An access control entry: type, flags, size, mask, SID. learn.microsoft.com/windows/win32/api/winnt/ns-winnt-access_allowed_ace */
function ruleOf(ace: bigint): AccessRule | undefined {
  const type = koffi.decode.uint8(ace);
  const allow = ALLOW_TYPES.has(type);
  if (!allow && !DENY_TYPES.has(type)) return undefined;
  return {
    allow,
    inheritOnly: (koffi.decode.uint8(ace + 1n) & INHERIT_ONLY) !== 0,
    mask: koffi.decode.uint32(ace + 4n),
    sid: sidText(ace + 8n),
  };
}

function rulesOf(list: Pointer): readonly AccessRule[] | undefined {
  if (list === null) return undefined;
  const rules: AccessRule[] = [];
  const count = koffi.decode.uint16(list + 4n);
  for (let index = 0; index < count; index += 1) {
    const ace: Out<Pointer> = [null];
    if (getAce(list, index, ace) === 0 || ace[0] === null) throw windowsError('GetAce');
    const rule = ruleOf(ace[0]);
    if (rule !== undefined) rules.push(rule);
  }
  return rules;
}

function describe(path: string): Descriptor | undefined {
  return withPath(path, READ_CONTROL, (handle) => {
    const [owner, list, all]: [Out<Pointer>, Out<Pointer>, Out<Pointer>] = [[null], [null], [null]];
    const error = getSecurity(handle, FILE_OBJECT, OWNER | LIST, owner, null, list, null, all);
    if (error !== 0) throw windowsError(`Reading the rights of ${path}`, error);
    return withLocal(all[0], () => ({ owner: sidText(owner[0]), rules: rulesOf(list[0]) }));
  });
}

function createFolder(path: string, sddl: string): boolean {
  return withDescriptor(sddl, (all) => {
    if (createDirectory(path, { nLength: 24, lpSecurityDescriptor: all, bInheritHandle: 0 }) !== 0) return true;
    const error = lastError();
    if (error === ERROR.alreadyExists) return false;
    throw windowsError(`Creating the folder ${path}`, error);
  });
}

function protect(path: string, sddl: string): void {
  const done = withPath(path, READ_CONTROL | WRITE_DAC | WRITE_OWNER, (handle) => {
    const about: { FileAttributes?: number } = {};
    if (fileInformation(handle, ATTRIBUTE_TAG_INFO, about, 8) === 0) throw windowsError(`Looking at ${path}`);
    if (((about.FileAttributes ?? REPARSE_POINT) & REPARSE_POINT) !== 0)
      throw new OperationalError('link_refused', `${path} is a link: links are not followed. Remove it`);
    withDescriptor(sddl, (all) => {
      const [owner, list]: [Out<Pointer>, Out<Pointer>] = [[null], [null]];
      ownerOf(all, owner, [0]);
      listOf(all, [0], list, [0]);
      const inheritance = sddl.includes('D:P') ? PROTECTED : UNPROTECTED;
      // What is below the folder gets what it inherits from the new list.
      const error = setSecurity(handle, FILE_OBJECT, (OWNER | LIST | inheritance) >>> 0, owner[0], null, list[0], null);
      if (error !== 0) throw windowsError(`Setting the rights of ${path}`, error);
    });
    return true;
  });
  if (done === undefined) throw new OperationalError('not_found', `there is no ${path}`);
}

/** Owner and access lists of files, read and set by handle, so that no link is followed. */
export const files: FileSecurity = { describe, createFolder, protect };
