#!/usr/bin/env node
import { run } from './cli/program.ts';

// The reader of the output has gone (`| head`), or there never was one (an installer): the work goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// Neither a promise nor a deadline's timer keeps Node alive: a command that waits for nothing else would end in mid word.
const alive = setInterval(() => undefined, 2 ** 30);
process.exitCode = await run(process.argv.slice(2));
clearInterval(alive);
