import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../fuzz/random.ts';
import { FILES, readGenerations } from './saves-writer.ts';

/**
 * A process that does nothing but save a large history, charts, alert state and found nodes, killed with SIGKILL again and
 * again: each file that is found is the one of the last save that was reported or a later one, and complete.
 * @returns what did not hold
 */
export async function saves(quick: boolean): Promise<readonly string[]> {
  const rounds = quick ? 20 : 200;
  const random = new Random('saves');
  const folder = mkdtempSync(join(tmpdir(), 'saves-'));
  const failures: string[] = [];
  let reported = 0;
  let inTheMiddle = 0;
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const before = reported;
      const child = spawn(process.execPath, [join(import.meta.dirname, 'saves-writer.js'), folder, String(reported)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        reported = Number(text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1));
      });
      const closed = once(child, 'close');
      // It loads its code first.
      await Promise.race([once(child.stdout, 'data'), closed]);
      await sleep(random.below(100));
      child.kill('SIGKILL');
      await closed;
      if (reported === before) return [`round ${round}: nothing was saved`];
      if (FILES.some((file) => existsSync(join(folder, `${file}.new`)))) inTheMiddle += 1;
      for (const [file, found] of Object.entries(await readGenerations(folder)))
        if (typeof found === 'string') failures.push(`round ${round}: ${file}: ${found}`);
        else if (found < reported || found > reported + 1)
          failures.push(`round ${round}: ${file} is of save ${found}, though ${reported} was reported`);
    }
    console.log(
      `killed ${rounds} times in ${reported} saves of ${FILES.length} files, ${inTheMiddle} times while a file was written; files damaged or lost: ${failures.length}`,
    );
    if (inTheMiddle < rounds / 40) failures.push(`only ${inTheMiddle} kills came while a file was written`);
    return failures;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
