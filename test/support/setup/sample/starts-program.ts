import { execFileSync } from 'node:child_process';
import { it } from 'vitest';

it('starts a program', () => void execFileSync(process.execPath, ['--version']));
