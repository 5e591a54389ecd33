import { spawn } from 'node:child_process';
import { it } from 'vitest';

it('leaves a process', () => void spawn('sleep', ['60']));
