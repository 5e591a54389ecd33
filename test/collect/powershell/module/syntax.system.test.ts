import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { moduleFolder, runScript } from '../../../support/pwsh/module.ts';
import { describeWith } from '../../../support/tools.ts';

const files = [
  ...['HyperVSriov', 'HyperVSriovCounters'].flatMap((name) =>
    readdirSync(join(moduleFolder, name))
      .sort()
      .map((file) => join(moduleFolder, name, file)),
  ),
  join(moduleFolder, 'session.ps1'),
];
/** For administrators: it changes the host, so it may run other commands than the modules. */
const SETUP = join(moduleFolder, 'setup-ssh.ps1');
const scripts = files.filter((file) => file.endsWith('.psm1'));

/**
 * Commands that both editions have, and those of Windows' own modules, with the parameters that 5.1 knows.
 * -SkipEditionCheck is 7's: the function that uses it ends before in 5.1.
 */
const allowed = new Map(
  `ConvertTo-Json -InputObject -Depth -Compress
   Export-ModuleMember -Function
   Get-CimInstance -Namespace -ClassName -Filter -Property
   Get-ItemProperty -LiteralPath
   Get-Module -ListAvailable -SkipEditionCheck -Name
   Get-NetAdapter
   Get-NetAdapterHardwareInfo -IncludeHidden
   Get-NetAdapterSriov -IncludeHidden
   Get-NetAdapterSriovVf -IncludeHidden
   Get-NetAdapterStatistics
   Get-NetAdapterVPort -IncludeHidden
   Get-NetAdapterVmq
   Get-NetAdapterVmqQueue
   Get-NetLbfoTeam
   Get-Process -Name
   Get-Service -Name
   Get-VM
   Get-VMHost
   Get-VMNetworkAdapter -All
   Get-VMNetworkAdapterAcl -VMNetworkAdapter
   Get-VMNetworkAdapterExtendedAcl -VMNetworkAdapter
   Get-VMNetworkAdapterTeamMapping -VMNetworkAdapter
   Get-VMSwitch
   Get-VMSwitchExtension -VMSwitchName
   Get-VMSwitchTeam
   Import-Module -Name
   Import-PowerShellDataFile -LiteralPath
   Get-WinEvent -LogName -FilterXPath -MaxEvents
   New-Object -TypeName -ArgumentList
   Remove-TypeData -TypeName
   Test-Path -LiteralPath`
    .split('\n')
    .map((line) => line.trim().split(' '))
    .map(([name = '', ...parameters]) => [name, new Set(parameters)]),
);
const COMMON = ['-ErrorAction', '-ErrorVariable'];

const texts = z.array(z.string());
const reportSchema = z.object({
  path: z.string(),
  nodes: z.number(),
  errors: texts,
  commands: texts,
  /** `Command -Parameter` */
  parameters: texts,
  /** Commands whose name is known only when they run */
  dynamic: texts,
  casts: z.array(z.object({ function: z.string(), text: z.string() })),
  pipes: texts,
  calls: texts,
  newer: texts,
});
type Report = z.infer<typeof reportSchema>;

/** What the syntax tree of each script has, the last one being of this text. */
const walk = (paths: readonly string[], text: string): Report[] => {
  const folder = mkdtempSync(join(tmpdir(), 'syntax '));
  try {
    const [list, script] = [join(folder, 'list.txt'), join(folder, 'script.psm1')];
    writeFileSync(script, text);
    writeFileSync(list, [...paths, script].join('\n'));
    return z.array(reportSchema).parse(JSON.parse(runScript('syntax.ps1', list)));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

describeWith(['pwsh'], 'what of Windows PowerShell 5.1 can be shown from the syntax tree', () => {
  let reports: readonly Report[] = [];
  let bad: Report;
  let setup: Report;
  beforeAll(() => {
    const all = walk(
      [...files, SETUP],
      `function Bad { $x = [int]$y; foreach ($r in $rows) { $list.Add($r); $r | Out-Null }; $a ?? $b; & $name; Get-Uptime; $c ? 1 : 2
       ConvertTo-Json -AsArray 0b11 5u "\`u{2713}"; Get-VM & }`,
    );
    reports = all.slice(0, -2);
    setup = all.at(-2)!;
    bad = all.at(-1)!;
  });

  it('the syntax check finds each fault in a script that has them all', () => {
    expect(bad).toMatchObject({
      casts: [{ function: 'Bad' }],
      pipes: [expect.stringContaining('$r | Out-Null')],
      calls: [expect.stringContaining('$list.Add($r)')],
      dynamic: [expect.stringContaining('& $name')],
      newer: expect.arrayContaining(
        ['$a ?? $b', '$c ? 1 : 2', '0b11', '5u', '`u{2713}', ': Get-VM'].map((text) => expect.stringContaining(text)),
      ),
      parameters: ['ConvertTo-Json -AsArray'],
    });
    expect(bad.commands).toContain('Get-Uptime');
  });

  it('parses every file completely', () => {
    expect(files).toHaveLength(6);
    expect(reports.map((report) => report.errors)).toEqual(files.map(() => []));
    expect(reports.reduce((sum, report) => sum + report.nodes, 0)).toBeGreaterThan(1500);
  });

  it('uses no syntax newer than 5.1', () => {
    expect(reports.flatMap((report) => report.newer)).toEqual([]);
    expect([setup.path, setup.errors, setup.newer]).toEqual([SETUP, [], []]);
    expect(setup.nodes).toBeGreaterThan(1000);
  });

  it('runs only its own functions and the allowed commands, with parameters that both editions have', () => {
    const own = new Set(
      scripts.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/^function ([\w-]+)/gm)].map((m) => m[1]!)),
    );
    const used = new Set(reports.flatMap((report) => report.commands));
    expect([...used].filter((name) => !own.has(name) && !allowed.has(name))).toEqual([]);
    expect([...allowed.keys()].filter((name) => !used.has(name))).toEqual([]);

    const given = new Set(reports.flatMap((report) => report.parameters));
    const known = new Set(
      [...allowed].flatMap(([name, parameters]) => [...COMMON, ...parameters].map((each) => `${name} ${each}`)),
    );
    expect([...given].filter((each) => !own.has(each.split(' ')[0]!) && !known.has(each))).toEqual([]);
    expect(given.size).toBeGreaterThan(30);
  });

  it('runs a command named by a variable in one place only: the call that reads a source', () => {
    expect(reports.flatMap((report) => report.dynamic)).toEqual([expect.stringMatching(/: \. \$Call$/)]);
  });

  it('casts in the helpers only', () => {
    const where = new Set(reports.flatMap((report) => report.casts.map((cast) => cast.function)));
    expect([...where].sort()).toEqual(['ConvertTo-CounterNumber', 'ConvertTo-Row']);
  });

  it('pipes nothing and calls no method inside a loop', () => {
    expect(reports.flatMap((report) => report.pipes)).toEqual([]);
    expect(reports.flatMap((report) => report.calls)).toEqual([]);
  });
});

it('the module files are ASCII', () => {
  for (const file of [...files, SETUP])
    expect(
      [...readFileSync(file)].filter((byte) => byte > 126),
      file,
    ).toEqual([]);
});

it('the manifests carry the version of the package and export no more than the interface, which the modules name too', () => {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync('package.json', 'utf8')));
  const names = (list: string | undefined) => list?.replaceAll("'", '').split(', ');
  const exports = scripts.map((script) => {
    const manifest = readFileSync(script.replace(/psm1$/, 'psd1'), 'utf8');
    expect(manifest).toContain(`ModuleVersion        = '${version}'`);
    const exported = names(/FunctionsToExport\s*= @\((.*)\)/.exec(manifest)?.[1]);
    // PowerShell refuses a module with implicit exports to a constrained session, or imports it again.
    expect(names(/^Export-ModuleMember -Function (.*)$/m.exec(readFileSync(script, 'utf8'))?.[1])).toEqual(exported);
    return exported;
  });
  expect(exports).toEqual([
    [
      'Connect-HyperVSriov',
      'Invoke-HyperVSriovPart',
      'Read-HyperVSriovModulePath',
      'Start-HyperVSriovSession',
      'Write-HyperVSriovMarker',
    ],
    ['Read-HyperVSriovCounterSet'],
  ]);
});

it('the manifests list the files of their folder', () => {
  const manifests = files.filter((file) => /FileList/.test(readFileSync(file, 'utf8')));
  expect(manifests).toHaveLength(2);
  for (const manifest of manifests) {
    const [, listed = ''] = /FileList\s*= @\((.*)\)/.exec(readFileSync(manifest, 'utf8')) ?? [];
    const folder = files.filter((file) => dirname(file) === dirname(manifest)).map((file) => basename(file));
    expect(listed.replaceAll("'", '').split(', ').sort()).toEqual(folder.sort());
  }
});
