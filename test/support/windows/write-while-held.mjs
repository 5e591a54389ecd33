// Runs under Node for Windows: writes a state file while another process has it open, and again once that lets go of it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from '../../../dist/state/json-file.js';

const [folder] = process.argv.slice(2);
const attempt = (run) =>
  run().then(
    (value) => value ?? 'done',
    (error) => error.code,
  );
const write = (run) => attempt(() => writeJsonFile(folder, 'history.json', { run }));

const held = await write(1);
writeFileSync(join(folder, 'release'), '');
const released = await write(2);
const read = await attempt(() => readJsonFile(folder, 'history.json'));
console.log(JSON.stringify({ held, released, read }));
