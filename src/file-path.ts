import { posix, type PlatformPath, win32 } from 'node:path';

/** How paths are written on a platform. */
export const pathsOf = (platform: NodeJS.Platform): PlatformPath => (platform === 'win32' ? win32 : posix);

/** `C:x` or `\x`: where such a path leads depends on the current folder or drive of the process. */
const needsDrive = (path: string): boolean => /^[A-Za-z]:(?![\\/])/.test(path) || /^[\\/](?![\\/])/.test(path);

/** Whether a path leads to the same place from everywhere. Unlike Node's isAbsolute it takes `\x` for what it is. Pure. */
export const isFullPath = (path: string, platform: NodeJS.Platform): boolean =>
  pathsOf(platform).isAbsolute(path) && !(platform === 'win32' && needsDrive(path));

const NAMES: Readonly<Record<string, string>> = { '\t': 'a tab', '\n': 'a line break', '\r': 'a carriage return' };

/** What is wrong with a path as somebody wrote it, with advice; undefined where nothing is. Pure. */
export function pathFault(path: string, platform: NodeJS.Platform): string | undefined {
  const [control] = /[\p{Cc}\p{Zl}\p{Zp}]/u.exec(path) ?? [];
  if (control !== undefined) {
    const code = `U+${control.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;
    const name = NAMES[control] === undefined ? code : `${NAMES[control]}, ${code}`;
    return `holds a control character (${name}); in double quotes a backslash makes one of the letter after it: write a Windows path in single quotes or without quotes`;
  }
  if (platform !== 'win32' || !needsDrive(path)) return undefined;
  return /^[\\/]/.test(path)
    ? 'starts at the root of whichever drive is current: put the drive before it, such as C:\\'
    : 'starts at the current folder of that drive: put a backslash after the drive, such as C:\\';
}
