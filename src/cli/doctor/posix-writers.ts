import { lstatSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';

/** The properties of a file or folder that decide who may write it. */
export type Mode = Pick<Stats, 'mode' | 'uid' | 'gid'>;

const STICKY = 0o1000;
const ROOT = 0;

/**
 * Why users other than root and `self` can change a path with this mode; undefined if they cannot. In a folder with the
 * sticky bit, nobody can change the files of others. Pure.
 */
export function posixWriter(
  { mode, uid, gid }: Mode,
  self: { readonly uid: number; readonly gid: number },
  isParent: boolean,
): string | undefined {
  if (uid !== ROOT && uid !== self.uid) return `it belongs to user ${uid}`;
  if (isParent && (mode & STICKY) !== 0) return undefined;
  if ((mode & 0o002) !== 0) return 'everyone can write it';
  if ((mode & 0o020) !== 0 && gid !== ROOT && gid !== self.gid) return `group ${gid} can write it`;
  return undefined;
}

/** A path and every folder above it. A user who can write one of these folders can replace what is in it. */
export function withParents(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...withParents(parent)];
}

/**
 * The first folder or file on the way to `path` that others can write, with the reason. A path that does not exist is
 * decided by its folder.
 */
export function findPosixWriter(path: string): string | undefined {
  const self = { uid: process.getuid?.() ?? ROOT, gid: process.getgid?.() ?? ROOT };
  for (const [i, each] of withParents(path).entries()) {
    const about = lstatSync(each, { throwIfNoEntry: false });
    // The mode of a link has no effect: its folder decides who may change it.
    if (about === undefined || about.isSymbolicLink()) continue;
    const reason = posixWriter(about, self, i > 0);
    if (reason !== undefined) return `${each}: ${reason}`;
  }
  return undefined;
}
