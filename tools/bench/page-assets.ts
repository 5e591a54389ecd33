import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Puts style and script of the pages beside the compiled server: the compiler leaves behind what is not TypeScript. */
export function copyPageAssets(): void {
  const to = fileURLToPath(new URL('../../src/http/page', import.meta.url));
  cpSync('src/http/page', to, { recursive: true, filter: (path) => !path.endsWith('.ts') });
}
