import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'vitest';

it('leaves a folder', () => void mkdtempSync(join(tmpdir(), 'folder ü ')));
