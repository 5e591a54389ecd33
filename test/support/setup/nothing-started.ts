import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { Server } from 'node:net';
import { afterAll } from 'vitest';

/*
 * Setup of the project `unit`: a test that starts a program or listens on a port fails, with the name that its file has
 * to have. Node's own functions are replaced while the file runs.
 */
const STARTING = ['spawn', 'spawnSync', 'execFile', 'execFileSync', 'exec', 'execSync', 'fork'] as const;

const refused = (name: string) => () => {
  throw new Error(`a unit test must not call ${name}(): rename its file to *.system.test.ts (CONTRIBUTING.md)`);
};
const originals = STARTING.map((name) => [name, childProcess[name]] as const);
// Of HTTP and HTTPS servers too
const listen = Object.getOwnPropertyDescriptor(Server.prototype, 'listen')!;

for (const name of STARTING) Object.assign(childProcess, { [name]: refused(name) });
Object.assign(Server.prototype, { listen: refused('listen') });
syncBuiltinESMExports();

afterAll(() => {
  Object.assign(childProcess, Object.fromEntries(originals));
  Object.defineProperty(Server.prototype, 'listen', listen);
  syncBuiltinESMExports();
});
