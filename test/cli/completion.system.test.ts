import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SETTINGS } from '../../src/config/settings.ts';
import { SCENARIOS } from '../../src/simulated-host/scenarios.ts';
import { runCli } from '../support/run-cli.ts';
import { onTerminal } from '../support/terminal.ts';
import { describeWith, tool } from '../support/tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'completion-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'site config.yaml'), '');
const NAME = 'hyperv-sriov-exporter';
const settings = SETTINGS.filter(({ kind }) => kind !== 'structure').map(({ name }) => `--${name}`);
const COMMANDS =
  'alerts capture completion config doctor drift explain fleet measure metrics placement serve service setup'.split(
    ' ',
  );

/** What is typed, and what it may become; `has` where there is more than that. */
const CASES: readonly {
  readonly typed: string;
  readonly is?: readonly string[];
  readonly has?: readonly string[];
  readonly hasNot?: readonly string[];
}[] = [
  { typed: '', is: COMMANDS },
  { typed: 'ex', is: ['explain'] },
  { typed: 'c', is: ['capture', 'completion', 'config'] },
  { typed: 'config ', is: ['check', 'print'] },
  { typed: 'completion ', is: ['bash', 'powershell'] },
  { typed: 'fleet l', is: ['list'] },
  { typed: 'explain --demo.sc', is: ['--demo.scenario'] },
  { typed: 'explain --j', is: ['--json'] },
  { typed: 'explain --', has: ['--vm', '--url', '--json', '--help', ...settings], hasNot: ['--polls', '--version'] },
  { typed: 'alerts --', has: ['--kubernetes', '--help'], hasNot: ['--source', '--web.listen-address'] },
  { typed: '--', has: ['--version', '--help', ...settings], hasNot: ['--polls'] },
  { typed: 'config print --web.r', is: ['--web.route-prefix'] },
  { typed: '--source ', is: ['demo', 'powershell', 'replay', 'targets'] },
  { typed: 'explain --source demo --demo.scenario vf', is: ['vf-pool-exhausted'] },
  { typed: 'explain --demo.scenario ', is: [...SCENARIOS] },
  { typed: 'explain --log.level=w', is: ['warn'] },
  { typed: 'serve --sources.disabled cl', has: ['cluster'] },
  // The value of an option is no command.
  { typed: '--web.listen-address explain --poll.inv', is: ['--poll.inventory.deadline', '--poll.inventory.interval'] },
  { typed: 'explain --vm ', is: [] },
  { typed: 'metrics ', is: [] },
];

describe('completion', () => {
  it('names a shell that it does not know', async () => {
    const { code, out, err } = await runCli('completion', 'fish');
    expect([code, out]).toEqual([64, '']);
    expect(err).toContain("'fish' is invalid");
  });

  it.each([['bash'], ['powershell']])(
    'for %s is plain ASCII, which every version of the shell reads',
    async (shell) => {
      const { code, out } = await runCli('completion', shell);
      expect(code).toBe(0);
      expect(out.match(/[^\n -~]/g)).toBeNull();
      for (const name of [...settings, ...COMMANDS]) expect(out).toContain(name);
    },
  );
});

describeWith(['bash', 'script'], 'in bash', () => {
  let script: string;
  beforeAll(async () => {
    script = join(folder, 'completion.bash');
    writeFileSync(script, (await runCli('completion', 'bash')).out);
  });

  it.each(CASES)('$typed', async ({ typed, is, has = [], hasNot = [] }) => {
    // As bash does it: words are split at "=" too, and the word under the cursor is the last.
    const words = [NAME, ...typed.split(' ').flatMap((word) => word.split(/(=)/))];
    const lines = [
      'set -eu',
      `source '${script}'`,
      `[[ $(complete -p ${NAME}) == 'complete -F _hyperv_sriov_exporter ${NAME}' ]]`,
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})`,
      `COMP_CWORD=${words.length - 1}`,
      'set +eu',
      '_hyperv_sriov_exporter',
      `printf '%s\\n' "\${COMPREPLY[@]}"`,
    ];
    const child = spawn(tool('bash'), ['--norc', '-c', lines.join('\n')], { cwd: folder });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    expect([await once(child, 'close'), err]).toEqual([[0, null], '']);
    const found = out.split('\n').filter((line) => line !== '');
    if (is !== undefined) expect(found.toSorted()).toEqual(is.toSorted());
    expect(has.filter((word) => !found.includes(word))).toEqual([]);
    expect(hasNot.filter((word) => found.includes(word))).toEqual([]);
  });

  it.each([
    ['exp\t --dem\tsc\tvf-\t', ['explain', '--demo.scenario', 'vf-pool-exhausted']],
    ['metrics --source=de\t', ['metrics', '--source=demo']],
    ['config ch\t--config.f\tsite\t', ['config', 'check', '--config.file', 'site config.yaml']],
    ['capture site\t', ['capture', 'site config.yaml']],
  ])('typed by a person: %j', async (typed, expected) => {
    const rc = join(folder, 'rc');
    writeFileSync(
      rc,
      `PS1='> '\nsource '${script}'\ncd '${folder}'\n${NAME}() { printf '<%s>' "$@" > '${folder}/args'; }\nrm -f args\n`,
    );
    await onTerminal([tool('bash'), '--noprofile', '--rcfile', rc, '-i'], {
      input: `${NAME} ${typed}\nexit\n`,
      env: { INPUTRC: '/dev/null' },
    });
    expect(readArgs()).toEqual(expected);
  });
});

function readArgs(): readonly string[] {
  return [...readFileSync(join(folder, 'args'), 'utf8').matchAll(/<([^>]*)>/g)].map(([, word = '']) => word);
}

describeWith(['pwsh'], 'in PowerShell', () => {
  let found: readonly (readonly string[])[];
  let tips: readonly string[];
  beforeAll(async () => {
    const script = join(folder, 'completion.ps1');
    writeFileSync(script, (await runCli('completion', 'powershell')).out);
    const cases = join(folder, 'cases.json');
    writeFileSync(cases, JSON.stringify(CASES.map(({ typed }) => `${NAME} ${typed}`)));
    const lines = `
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
Set-Location '${folder}'
Get-Content -Raw '${script}' | Invoke-Expression
$all = foreach ($line in (Get-Content -Raw '${cases}' | ConvertFrom-Json)) {
  , @((TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches | ForEach-Object { $_.CompletionText })
}
$tip = (TabExpansion2 -inputScript '${NAME} explain --j' -cursorColumn ${NAME.length + 12}).CompletionMatches.ToolTip
@{ found = $all; tips = @($tip) } | ConvertTo-Json -Depth 4 -Compress`;
    const child = spawn(tool('pwsh'), ['-NoProfile', '-NonInteractive', '-Command', lines], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    await once(child, 'close');
    expect(err).toBe('');
    ({ found, tips } = JSON.parse(out) as { found: typeof found; tips: typeof tips });
  }, 120_000);

  it.each(CASES.map((each, index) => ({ ...each, index })))('$typed', ({ typed, is, has = [], hasNot = [], index }) => {
    // A word after "=" is completed with what stands before it. Where nothing is known, PowerShell offers files.
    const before = /\S+=/.exec(typed)?.[0] ?? '';
    const words = (found[index] ?? []).filter((word) => !/site config|completion\.|cases\.json|rc$|args$/.test(word));
    if (is !== undefined) expect(words.toSorted()).toEqual(is.map((word) => before + word).toSorted());
    expect(has.filter((word) => !words.includes(word))).toEqual([]);
    expect(hasNot.filter((word) => words.includes(word))).toEqual([]);
  });

  it('shows the sentence of the help', () => expect(tips).toEqual(['Print JSON.']));
});
