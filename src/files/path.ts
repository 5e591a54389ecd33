import { posix, type PlatformPath, win32 } from 'node:path';

/** The path functions of Node for a platform. */
export const pathsOf = (platform: NodeJS.Platform): PlatformPath => (platform === 'win32' ? win32 : posix);

/** `C:x` or `\x`: such a path depends on the current folder or drive of the process. */
const needsDrive = (path: string): boolean => /^[A-Za-z]:(?![\\/])/.test(path) || /^[\\/](?![\\/])/.test(path);

/** Whether a path does not depend on the current folder or drive. Unlike Node's isAbsolute, false for `\x` on Windows. Pure. */
export const isFullPath = (path: string, platform: NodeJS.Platform): boolean =>
  pathsOf(platform).isAbsolute(path) && !(platform === 'win32' && needsDrive(path));

const NAMES: Readonly<Record<string, string>> = { '\t': 'a tab', '\n': 'a line break', '\r': 'a carriage return' };

/** What is wrong with a path from a user, with advice; undefined if nothing is. Pure. */
export function pathFault(path: string, platform: NodeJS.Platform): string | undefined {
  const [control] = /[\p{Cc}\p{Zl}\p{Zp}]/u.exec(path) ?? [];
  if (control !== undefined) {
    const code = `U+${control.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;
    const name = NAMES[control] === undefined ? code : `${NAMES[control]}, ${code}`;
    return `contains a control character (${name}): in double quotes, a backslash and the letter after it become one. Write a Windows path in single quotes or without quotes`;
  }
  if (platform !== 'win32' || !needsDrive(path)) return undefined;
  return /^[\\/]/.test(path)
    ? 'starts at the root of the current drive: put the drive in front, such as C:\\'
    : 'starts at the current folder of that drive: put a backslash after the drive, such as C:\\';
}
