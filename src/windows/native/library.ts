import koffi from 'koffi';
import { OperationalError } from '../../errors.ts';

/** A pointer or handle; null is NULL. */
export type Pointer = bigint | null;
/** A parameter that Windows writes to: one element. */
export type Out<T> = [T];

const libraries = new Map<string, ReturnType<typeof koffi.load>>();

/** A function of a system library by its C prototype. @param F its type in TypeScript, which nothing checks */
// The only way to say the type.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export function windowsFunction<F>(library: string, prototype: string): F {
  const loaded = libraries.get(library) ?? koffi.load(library);
  libraries.set(library, loaded);
  // The prototype is C: there is no way to derive the type from it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return loaded.func(prototype) as unknown as F;
}

const getLastError = windowsFunction<() => number>('kernel32.dll', 'uint32_t __stdcall GetLastError()');
const formatMessage = windowsFunction<
  (flags: number, source: null, id: number, language: number, text: Buffer, size: number, args: null) => number
>(
  'kernel32.dll',
  'uint32_t __stdcall FormatMessageW(uint32_t flags, void *source, uint32_t id, uint32_t language, _Out_ uint16_t *text, uint32_t size, void *args)',
);
const localFree = windowsFunction<(memory: Pointer) => Pointer>(
  'kernel32.dll',
  'void * __stdcall LocalFree(void *memory)',
);
const FORMAT_FROM_SYSTEM = 0x1000;
const FORMAT_IGNORE_INSERTS = 0x200;

/** Error codes of Windows that are handled (winerror.h, lmerr.h). */
export const ERROR = {
  fileNotFound: 2,
  pathNotFound: 3,
  accessDenied: 5,
  alreadyExists: 183,
  invalidLevel: 124,
  serviceDoesNotExist: 1060,
  serviceNotActive: 1062,
  serviceAlreadyRunning: 1056,
  memberInAlias: 1378,
  memberNotInAlias: 1377,
  noneMapped: 1332,
  groupNotFound: 2220,
} as const;

/** The error of the call before, on this thread. */
export const lastError = (): number => getLastError();

/** What Windows refused, in words: what was tried, the number of the error and Windows' own text. */
export function windowsError(what: string, error = lastError()): OperationalError {
  const buffer = Buffer.alloc(2048);
  const length = formatMessage(FORMAT_FROM_SYSTEM | FORMAT_IGNORE_INSERTS, null, error, 0, buffer, 1024, null);
  const text = buffer.toString('utf16le', 0, length * 2).trim();
  const advice = error === ERROR.accessDenied ? ': run this as an administrator' : '';
  return new OperationalError(`windows_${error}`, `${what} failed with error ${error} (${text || 'no text'})${advice}`);
}

/** Calls `use` with memory that Windows allocated, and frees it. */
export function withLocal<T>(memory: Pointer, use: (memory: Pointer) => T): T {
  try {
    return use(memory);
  } finally {
    localFree(memory);
  }
}

/** UTF-16 text with its end, as registry values and structures hold it. */
export const wide = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf16le');
