/** Folder of the code: `dist`, or `src` in tests. Bundled or not, the code finds the same files beside it. */
const CODE = new URL('.', import.meta.url);

/**
 * A file that is shipped beside the code and is not part of it (module of PowerShell, page asset, worker).
 * @param path from the folder of the code, with forward slashes: `http/page/page.css`
 */
export const shipped = (path: string): URL => new URL(path, CODE);
