/** Folder of the code: `dist`, or `src` in tests. The shipped files have the same places relative to both. */
const CODE = new URL('.', import.meta.url);

/**
 * The URL of a file that is shipped with the code (PowerShell module, page asset, worker).
 * @param path relative to the folder of the code, with forward slashes: `http/page/page.css`
 */
export const shipped = (path: string): URL => new URL(path, CODE);
