import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../support/tools.ts';
import { driveC, runCommandsOnWindows, runProgramOnWindows, uncFolder } from '../support/windows/windows.ts';

const LONG = ['a', 'b', 'c'].map((letter) => letter.repeat(100)).join('\\');
/** A folder as it is written in a setting, and where it is to Linux. */
const FOLDERS = [
  ['C:\\Program Data ü\\exporter', () => driveC('Program Data ü', 'exporter')],
  ['C:/forward/slashes', () => driveC('forward', 'slashes')],
  [`C:\\${LONG}`, () => driveC(...LONG.split('\\'))],
  ['\\\\server\\share ü\\exporter', () => uncFolder('server', 'share ü', 'exporter')],
  ['\\\\?\\C:\\verbatim', () => driveC('verbatim')],
] as const;

const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');

describeWith(['win-node'], 'files on Windows', () => {
  it('are found by drive, share, long path, blanks and umlauts in every path setting', async () => {
    const commands: (readonly string[])[] = [];
    for (const [folder, place] of FOLDERS) {
      mkdirSync(join(place(), 'state'), { recursive: true });
      // Absolute and relative ones
      const config = [
        'source: replay',
        `web: { config: { file: '${folder}\\web.yml' } }`,
        'replay: { file: host.json.gz }',
        `storage: { path: '${folder}\\state' }`,
        'log: { file: agent.log }',
        `alerting: { thresholds_file: '${folder}\\thresholds.yaml' }`,
      ];
      writeFileSync(join(place(), 'config.yaml'), utf16(`${config.join('\r\n')}\r\n`));
      writeFileSync(join(place(), 'web.yml'), '\uFEFFbasic_auth_users: {}\r\n');
      writeFileSync(join(place(), 'thresholds.yaml'), utf16('alerts: {}\r\n'));
      const given = ['--config.file', `${folder}\\config.yaml`];
      commands.push(
        ['capture', `${folder}\\host.json.gz`, '--source', 'demo', '--demo.scenario', 'healthy', '--polls', '1'],
        ['config', 'check', ...given],
        ['explain', ...given, '--json', '--output', `${folder}\\explained.json`],
        ['doctor', ...given, '--json'],
      );
    }
    const answers = await runCommandsOnWindows(commands.map((args) => ({ args })));
    for (const [index, [folder, place]] of FOLDERS.entries()) {
      const [capture, check, explain, doctor] = answers.slice(index * 4);
      expect([capture!.err, check!.err, explain!.err, explain!.out], folder).toEqual(['', '', '', '']);
      expect([capture!.code, check!.code, explain!.code], folder).toEqual([0, 0, 0]);
      expect(JSON.parse(readFileSync(join(place(), 'explained.json'), 'utf8'))).toMatchObject({
        vnics: expect.any(Array),
      });
      const { checks } = JSON.parse(doctor!.out) as { checks: { id: string; status: string }[] };
      for (const id of ['configuration', 'web_configuration', 'storage', 'recording'])
        expect(checks, folder).toContainEqual(expect.objectContaining({ id, status: 'ok' }));
    }
  });

  it('that are ambiguous are refused by name', async () => {
    const folder = driveC('wrong');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'tab.yaml'), 'storage: { path: "C:\\temp\\new" }\n');
    writeFileSync(join(folder, 'escape.yaml'), 'storage: { path: "C:\\Users\\x" }\n');
    writeFileSync(join(folder, 'ansi.yaml'), Buffer.from('# Überwachung\n', 'latin1'));
    const check = (...args: readonly string[]) => ({ args: ['config', 'check', ...args] });
    const answers = await runCommandsOnWindows([
      ...['tab', 'escape', 'ansi'].map((name) => check('--config.file', `C:\\wrong\\${name}.yaml`)),
      check('--storage.path', 'C:state'),
      check('--storage.path', '\\state'),
      { args: ['metrics', '--powershell.executable', '\\pwsh.exe'] },
    ]);
    expect(answers.map(({ code }) => code)).toEqual(answers.map(() => 64));
    for (const [index, text] of [
      'tab.yaml:1: storage.path: contains a control character (a tab, U+0009)',
      'escape.yaml:1: Invalid escape sequence',
      'ansi.yaml: cannot be read: is not UTF-8 (line 1), probably ANSI',
      '--storage.path: starts at the current folder of that drive',
      '--storage.path: starts at the root of the current drive',
      '--powershell.executable: starts at the root of the current drive',
    ].entries())
      expect(answers[index]!.err).toContain(text);
    expect(existsSync(join(folder, 'state'))).toBe(false);
  });

  it('that others can write are found by doctor', async () => {
    const folder = driveC('open');
    mkdirSync(join(folder, 'state'), { recursive: true });
    writeFileSync(join(folder, 'config.yaml'), 'source: demo\nstorage: { path: state }\n');
    const rights = async () => {
      const [answer] = await runCommandsOnWindows([
        { args: ['doctor', '--json', '--config.file', 'C:\\open\\config.yaml'] },
      ]);
      const { checks } = JSON.parse(answer!.out) as { checks: { id: string; status: string; text: string }[] };
      return checks
        .filter(({ id }) => id === 'configuration_rights' || id === 'storage_rights')
        .map(({ status, text }) => `${status}: ${text}`);
    };
    expect(await rights()).toEqual([
      'ok: only administrators can write C:\\open\\config.yaml',
      'ok: only administrators and the service can write C:\\open\\state',
    ]);
    chmodSync(join(folder, 'config.yaml'), 0o666);
    chmodSync(join(folder, 'state'), 0o777);
    expect(await rights()).toEqual([
      'failed: C:\\open\\config.yaml: Everyone can write it',
      'failed: C:\\open\\state: Everyone can write it',
    ]);
  });

  it('variables are known in any case', async () => {
    const { code, stdout } = await runProgramOnWindows(['config', 'print'], { Hyperv_Sriov_Log_Level: 'warn' });
    expect([code, stdout]).toEqual([0, expect.stringContaining('level: warn')]);
  });
});
