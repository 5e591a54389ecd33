/** Folder of a package of package-lock.json that npm installs on Windows only. */
export function packageForWindows(name: string): string;
