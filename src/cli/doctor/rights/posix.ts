import { lstatSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';

/** What decides who may write, of a file or folder. */
export type Mode = Pick<Stats, 'mode' | 'uid' | 'gid'>;

const STICKY = 0o1000;
const ROOT = 0;

/**
 * Why others than root and `self` can change what is at a path whose mode this is; undefined where they can not.
 * A folder with the sticky bit lets nobody touch what others put there. Pure.
 */
export function posixWriter(
  { mode, uid, gid }: Mode,
  self: { readonly uid: number; readonly gid: number },
  isParent: boolean,
): string | undefined {
  if (uid !== ROOT && uid !== self.uid) return `it belongs to user ${uid}`;
  if (isParent && (mode & STICKY) !== 0) return undefined;
  if ((mode & 0o002) !== 0) return 'everybody can write it';
  if ((mode & 0o020) !== 0 && gid !== ROOT && gid !== self.gid) return `group ${gid} can write it`;
  return undefined;
}

/** A path and every folder above it: who can write one of those can put another thing in its place. */
export function withParents(path: string, parentOf = dirname): readonly string[] {
  const parent = parentOf(path);
  return parent === path ? [path] : [path, ...withParents(parent, parentOf)];
}

/** The first place on the way to `path` that others can write, with the reason. What is not there yet is its folder's matter. */
export function findPosixWriter(path: string): string | undefined {
  const self = { uid: process.getuid?.() ?? ROOT, gid: process.getgid?.() ?? ROOT };
  for (const [i, each] of withParents(path).entries()) {
    const about = lstatSync(each, { throwIfNoEntry: false });
    // A link's own mode says nothing: its folder decides who may change it.
    if (about === undefined || about.isSymbolicLink()) continue;
    const reason = posixWriter(about, self, i > 0);
    if (reason !== undefined) return `${each}: ${reason}`;
  }
  return undefined;
}
