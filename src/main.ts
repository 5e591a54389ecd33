#!/usr/bin/env node
import { run } from './cli/program.ts';

// If nobody reads the output (`| head`, or an installer), the command still does its work.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// A pending promise or an unreferenced timer does not keep Node alive: without this interval, a command could end early.
const alive = setInterval(() => undefined, 2 ** 30);
process.exitCode = await run(process.argv.slice(2));
clearInterval(alive);
