import { errorText, OperationalError } from '../errors.ts';
import type { Windows } from './boundary.ts';

/**
 * Loads the functions of Windows. Call it only if they are needed, because it loads a native library.
 * @throws OperationalError `not_windows`, or `windows_library_missing` if the library cannot be loaded
 */
export async function openWindows(): Promise<Windows> {
  if (process.platform !== 'win32') throw new OperationalError('not_windows', 'this is possible only on Windows');
  try {
    const { nativeWindows } = await import('./native/windows.ts');
    return nativeWindows();
  } catch (error) {
    throw new OperationalError(
      'windows_library_missing',
      `koffi, which calls Windows' functions, cannot be loaded (${errorText(error)}): install the whole package, or run npm ci without --omit=optional`,
      { cause: error },
    );
  }
}
