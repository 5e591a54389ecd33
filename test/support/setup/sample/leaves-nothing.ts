import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'removed '));
const server = createServer().listen(0, '127.0.0.1');
const child = spawn('sleep', ['60']);

afterAll(() => {
  child.kill();
  server.close();
  rmSync(folder, { recursive: true });
});

it('passes', () => {});
