import type { Registry } from '../boundary.ts';
import { ERROR, wide, windowsError, windowsFunction } from './library.ts';

const setValue = windowsFunction<
  (root: bigint, key: string, name: string, type: number, data: Buffer, size: number) => number
>(
  'advapi32.dll',
  'int __stdcall RegSetKeyValueW(intptr_t root, str16 key, str16 name, uint32_t type, void *data, uint32_t size)',
);
const deleteTree = windowsFunction<(root: bigint, key: string) => number>(
  'advapi32.dll',
  'int __stdcall RegDeleteTreeW(intptr_t root, str16 key)',
);

/** HKEY_LOCAL_MACHINE is this number, sign-extended to the width of a pointer. */
const LOCAL_MACHINE = BigInt.asIntN(64, 0xffff_ffff_8000_0002n);
const EXPANDABLE_TEXT = 2;
const NUMBER = 4;

function set(key: string, name: string, type: number, data: Buffer): void {
  const error = setValue(LOCAL_MACHINE, key, name, type, data, data.length);
  if (error !== 0) throw windowsError(`Writing HKLM\\${key}`, error);
}

/** HKEY_LOCAL_MACHINE of this Windows. */
export const registry: Registry = {
  setText: (key, name, value) => set(key, name, EXPANDABLE_TEXT, wide(value)),
  setNumber(key, name, value) {
    const data = Buffer.alloc(4);
    data.writeUInt32LE(value);
    set(key, name, NUMBER, data);
  },
  deleteKey(key) {
    const error = deleteTree(LOCAL_MACHINE, key);
    if (error !== 0 && error !== ERROR.fileNotFound) throw windowsError(`Deleting HKLM\\${key}`, error);
  },
};
