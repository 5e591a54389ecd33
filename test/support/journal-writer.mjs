// Appends numbered events to a journal until it is killed, and says on stdout how far it got.
import { writeSync } from 'node:fs';
const [module, folder, from] = process.argv.slice(2);
const { openJournal } = await import(module);
const journal = openJournal({
  folder,
  maxFileBytes: 256 * 1024 * 1024,
  maxEvents: 10,
  log: { warn() {} },
  saves: { failed() {}, succeeded() {} },
});
for (let n = Number(from); ; n += 10) {
  const events = Array.from({ length: 10 }, (_, i) => ({
    at: n + i,
    kind: 'vnic_path',
    subject: `vnic-${n + i}`,
    names: { vm: 'web07' },
    before: 'vf',
    after: 'synthetic',
    text: '`web07` lost its VF',
  }));
  journal.append(events);
  writeSync(1, `${n + 10}\n`);
}
