import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { COLLECTOR_FLAGS, NODE_FLAGS } from '../../src/node-flags.ts';

// V8 ignores a flag that it does not know when it is set at run time.
it.each([...NODE_FLAGS, ...COLLECTOR_FLAGS])('this Node has the flag %s', (flag) => {
  const options = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  expect(options).toContain(`  ${flag.replace(/=.*/, '')} (`);
});
