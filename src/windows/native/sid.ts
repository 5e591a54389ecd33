import koffi from 'koffi';
import { type Out, type Pointer, windowsError, windowsFunction, withLocal } from './library.ts';

const fromText = windowsFunction<(text: string, sid: Out<Pointer>) => number>(
  'advapi32.dll',
  'int __stdcall ConvertStringSidToSidW(str16 text, _Out_ void **sid)',
);
const toText = windowsFunction<(sid: Pointer, text: Out<Pointer>) => number>(
  'advapi32.dll',
  'int __stdcall ConvertSidToStringSidW(void *sid, _Out_ void **text)',
);

/** `S-1-5-18` of a SID. */
export function sidText(sid: Pointer): string {
  const text: Out<Pointer> = [null];
  if (toText(sid, text) === 0) throw windowsError('ConvertSidToStringSid');
  return withLocal(text[0], (memory) => koffi.decode.string16(memory));
}

/** Calls `use` with the SID of a text such as `S-1-5-18`. */
export function withSid<T>(text: string, use: (sid: Pointer) => T): T {
  const sid: Out<Pointer> = [null];
  if (fromText(text, sid) === 0) throw windowsError(`ConvertStringSidToSid ${text}`);
  return withLocal(sid[0], use);
}
