import { execFileSync } from 'node:child_process';
import { it } from 'vitest';

it('leaves what a program started before it ended', () =>
  void execFileSync('sh', ['-c', 'sleep 60 >/dev/null 2>&1 &']));
