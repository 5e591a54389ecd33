import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readJsonFile } from '../../src/state/json-file.ts';
import { readJournalFile } from '../../src/state/journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'json-'));
afterAll(() => rmSync(folder, { recursive: true }));

// Found by `npm run fuzz -- --seed 4 --surface journal --case 769`: the status page answered 500, "URI malformed".
it('half a surrogate pair in a state file becomes the replacement character', async () => {
  const event =
    '{"schema":1,"at":1,"kind":"vnic_path","subject":"\\ud800","names":{},"before":"vf","after":"vf","text":""}';
  writeFileSync(join(folder, 'journal.jsonl'), `${event}\n`);
  expect(readJournalFile(join(folder, 'journal.jsonl')).events[0]?.subject).toBe('\uFFFD');
  writeFileSync(join(folder, 'alerts.json'), '{"labels":{"vm":"a\\udfffb","ok":"\\ud83d\\ude00"}}');
  expect(await readJsonFile(folder, 'alerts.json')).toEqual({ labels: { vm: 'a\uFFFDb', ok: '\u{1F600}' } });
});
