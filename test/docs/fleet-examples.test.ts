import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runCli } from '../support/run-cli.ts';

const page = join(import.meta.dirname, '../../docs/fleet.md');
/** A command and what it prints, in a block of their own */
const EXAMPLE = /^```text\n\$ hyperv-sriov-exporter ([^\n]+)\n(.*?)^```$/gms;

// The simulated hosts change with the time of day.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 5, 10) }));
afterEach(() => void vi.useRealTimers());

/** The middle of a long plan says nothing about the command: the first and the last steps are shown. */
function shortened(output: string): string {
  const lines = output.trimEnd().split('\n');
  const isMiddle = (line: string): boolean => {
    const [, step] = /^ +(\d+)\. /.exec(line) ?? [];
    return step !== undefined && Number(step) > 2;
  };
  const first = lines.findIndex(isMiddle);
  const last = lines.findLastIndex(isMiddle);
  return [...(first === -1 ? lines : [...lines.slice(0, first), '    …', ...lines.slice(last)]), ''].join('\n');
}
/** How long the checks of a host took. */
const withoutTimes = (output: string): string => output.replaceAll(/ in \d+\.\d s$/gm, ' in 0.5 s');

it('docs/fleet.md shows what its examples print on the simulated fleet (update with -u)', async () => {
  const text = readFileSync(page, 'utf8');
  const examples = [...text.matchAll(EXAMPLE)];
  expect(examples.length).toBeGreaterThanOrEqual(3);
  let written = text;
  for (const [block, command = ''] of examples) {
    const { out, err } = await runCli(...command.split(' '));
    expect({ command, err }).toEqual({ command, err: '' });
    const shown = shortened(withoutTimes(out));
    written = written.replace(block, () => `\`\`\`text\n$ hyperv-sriov-exporter ${command}\n${shown}\`\`\``);
  }
  await expect(written).toMatchFileSnapshot(page);
}, 60_000);
