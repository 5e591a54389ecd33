import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { runScript, shellEnv } from '../support/pwsh/module.ts';
import { describeWith, tool } from '../support/tools.ts';

const folder = join(import.meta.dirname, '../../packaging/windows');
const scripts = ['install.ps1', 'uninstall.ps1'].map((name) => join(folder, name));

const resultSchema = z.object({
  calls: z.array(z.string()),
  failure: z.string().nullable(),
  output: z.array(z.unknown()),
});

/** A machine of stand-ins: System32 whose programs write down what they were called with, a package, a shawl.exe. */
function machine() {
  const root = mkdtempSync(join(tmpdir(), 'install '));
  const at = (...parts: string[]) => join(root, ...parts);
  mkdirSync(at('Windows/System32'), { recursive: true });
  for (const program of ['sc.exe', 'icacls.exe']) {
    const file = at('Windows/System32', program);
    writeFileSync(
      file,
      `#!/bin/sh\nprintf '%s' "${program}" >> "${at('tools.log')}"\nfor each in "$@"; do printf '|%s' "$each" >> "${at('tools.log')}"; done\necho >> "${at('tools.log')}"\n`,
    );
    chmodSync(file, 0o755);
  }
  mkdirSync(at('package'));
  writeFileSync(at('package/LICENSE'), 'text');
  for (const script of scripts) {
    // The engine of a test does not run as an administrator.
    const text = readFileSync(script, 'utf8').replace('#Requires -RunAsAdministrator', '');
    writeFileSync(at('package', script.slice(folder.length + 1)), text);
  }
  const sum = (file: string) =>
    createHash('sha256')
      .update(readFileSync(at('package', file)))
      .digest('hex');
  const names = ['LICENSE', 'install.ps1', 'uninstall.ps1'];
  writeFileSync(at('package/SHA256SUMS'), names.map((file) => `${sum(file)} *${file}\n`).join(''));
  writeFileSync(at('shawl.exe'), '');
  return { at, root };
}
type Machine = ReturnType<typeof machine>;

interface Run {
  readonly script: 'install.ps1' | 'uninstall.ps1';
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly serviceExists?: true;
  /** What is done to its machine before */
  readonly before?: (machine: Machine) => void;
}

interface Outcome {
  readonly calls: readonly string[];
  readonly failure: string | undefined;
  readonly tools: readonly string[];
}

/** Runs each on a machine of its own, all in one engine. */
function runAll(runs: readonly Run[]): readonly Outcome[] {
  const machines = runs.map(({ before }) => {
    const made = machine();
    before?.(made);
    return made;
  });
  const list = runs.map(({ script, parameters, serviceExists = false }, i) => {
    const { at } = machines[i]!;
    const its = script === 'install.ps1' ? { ShawlPath: at('shawl.exe'), NodePath: process.execPath } : {};
    return {
      script: at('package', script),
      parameters: { Destination: at('Program'), DataPath: at('Data'), ...its, ...parameters },
      serviceExists,
      environment: { SystemRoot: at('Windows'), ProgramFiles: at('PF'), ProgramData: at('PD') },
    };
  });
  const path = join(mkdtempSync(join(tmpdir(), 'install-runs-')), 'runs.json');
  writeFileSync(path, JSON.stringify(list));
  const args = ['-NoProfile', '-NonInteractive', '-File', join(import.meta.dirname, 'run-script.ps1'), path];
  // The engine's own exit code says no more than the results.
  const { stdout: output } = spawnSync(tool('pwsh'), args, { env: shellEnv(), encoding: 'utf8' });
  const results = z.array(resultSchema).parse(JSON.parse(output.split('@RESULT')[1] ?? ''));
  return results.map(({ calls, failure }, i) => {
    const { at, root } = machines[i]!;
    const here = (line: string) =>
      line.replaceAll(process.execPath, 'NODE').replaceAll(root, 'ROOT').replaceAll('\\', '/');
    const log = at('tools.log');
    return {
      calls: calls.map(here),
      failure: failure === null ? undefined : here(failure),
      tools: existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').map(here) : [],
    };
  });
}

const runs = {
  'a first install': {
    script: 'install.ps1',
    parameters: { PrometheusAddress: ['192.0.2.10', '192.0.2.11'] },
  },
  'an upgrade': {
    script: 'install.ps1',
    parameters: { Account: 'LocalSystem', NoStart: true },
    serviceExists: true,
    before: ({ at }) => {
      mkdirSync(at('Data/config'), { recursive: true });
      writeFileSync(at('Data/config/config.yaml'), 'mine: true');
      mkdirSync(at('Program/program'), { recursive: true });
    },
  },
  'a changed package': {
    script: 'install.ps1',
    before: ({ at }) => writeFileSync(at('package/LICENSE'), 'other text'),
  },
  'what if': { script: 'install.ps1', parameters: { WhatIf: true, PrometheusAddress: ['192.0.2.10'] } },
  'an uninstall': { script: 'uninstall.ps1', serviceExists: true, before: installed },
  'an uninstall with its data': { script: 'uninstall.ps1', parameters: { RemoveData: true }, before: installed },
} as const satisfies Record<string, Run>;

function installed({ at }: Machine): void {
  for (const each of ['Program', 'Data']) mkdirSync(at(each));
}

describeWith(['pwsh'], 'install.ps1 and uninstall.ps1', () => {
  const reportSchema = z.object({
    errors: z.array(z.string()),
    newer: z.array(z.string()),
    commands: z.array(z.string()),
    nodes: z.number(),
  });
  let reports: z.infer<typeof reportSchema>[];
  let outcomes: readonly Outcome[];
  const outcomeOf = (name: keyof typeof runs): Outcome => outcomes[Object.keys(runs).indexOf(name)]!;
  beforeAll(() => {
    outcomes = runAll(Object.values(runs));
    const list = join(mkdtempSync(join(tmpdir(), 'install-syntax-')), 'list.txt');
    writeFileSync(list, scripts.join('\n'));
    reports = z.array(reportSchema).parse(JSON.parse(runScript('syntax.ps1', list)));
  });

  it('parse without an error, with no syntax newer than Windows PowerShell 5.1, and are ASCII', () => {
    expect(reports.map(({ errors, newer }) => ({ errors, newer }))).toEqual([
      { errors: [], newer: [] },
      { errors: [], newer: [] },
    ]);
    for (const { nodes } of reports) expect(nodes).toBeGreaterThan(200);
    for (const script of scripts) expect(readFileSync(script, 'utf8')).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('use full names of commands, no alias', () => {
    const names = new Set(reports.flatMap(({ commands }) => commands));
    expect(names.size).toBeGreaterThan(15);
    expect([...names].filter((name) => !/^[A-Z][a-z]+-[A-Z][A-Za-z]+$/.test(name))).toEqual([]);
  });

  it('install: copies, registers the service under shawl, gives its account two groups, admits Prometheus only', () => {
    const { calls, failure, tools } = outcomeOf('a first install');
    expect(failure).toBeUndefined();
    expect(calls).toEqual([
      'New-Item -Force True -ItemType Directory -Path ROOT/Program/program',
      'Copy-Item -Destination ROOT/Program/program -Force True -Path ROOT/package/* -Recurse True',
      'Copy-Item -Destination ROOT/Program/shawl.exe -Force True -LiteralPath ROOT/shawl.exe',
      'New-Item -Force True -ItemType Directory -Path ROOT/Data/config',
      'New-Item -Force True -ItemType Directory -Path ROOT/Data/state',
      'New-Item -Force True -ItemType Directory -Path ROOT/Data/logs',
      'Set-Content -LiteralPath ROOT/Data/config/config.yaml',
      '# See docs/configuration.md in the program folder; check with: node dist/main.js config check --config.file FILE',
      'web:',
      "  listen-address: ':10182'",
      'log:',
      '  format: json',
      'storage:',
      '  path: ../state',
      'New-Service -BinaryPathName "ROOT/Program/shawl.exe" run --name hyperv-sriov-exporter --log-dir "ROOT/Data/logs" --log-retain 5' +
        ' --stop-timeout 10000 --kill-process-tree --restart-if-not 0,64 --cwd "ROOT/Program/program" -- "NODE" --max-semi-space-size=2 "ROOT/Program/program/dist/main.js"' +
        ' serve --config.file "ROOT/Data/config/config.yaml" -Description Prometheus exporter for SR-IOV and VM queues of this Hyper-V host' +
        ' -DisplayName Hyper-V SR-IOV exporter -Name hyperv-sriov-exporter -StartupType Automatic',
      'Add-LocalGroupMember -Member NT SERVICE/hyperv-sriov-exporter -SID S-1-5-32-578',
      'Add-LocalGroupMember -Member NT SERVICE/hyperv-sriov-exporter -SID S-1-5-32-558',
      'Remove-NetFirewallRule -Name hyperv-sriov-exporter',
      'New-NetFirewallRule -Action Allow -Direction Inbound -DisplayName Hyper-V SR-IOV exporter (Prometheus only) -LocalPort 10182' +
        ' -Name hyperv-sriov-exporter -Program NODE -Protocol TCP -RemoteAddress 192.0.2.10,192.0.2.11',
      'Start-Service -Name hyperv-sriov-exporter',
    ]);
    expect(tools).toEqual([
      'sc.exe|config|hyperv-sriov-exporter|obj=|NT SERVICE/hyperv-sriov-exporter',
      'sc.exe|config|hyperv-sriov-exporter|start=|delayed-auto',
      'sc.exe|failure|hyperv-sriov-exporter|reset=|86400|actions=|restart/5000/restart/60000/restart/300000',
      'icacls.exe|ROOT/Data|/inheritance:r|/grant:r|*S-1-5-18:(OI)(CI)F|*S-1-5-32-544:(OI)(CI)F|NT SERVICE/hyperv-sriov-exporter:(OI)(CI)RX',
      'icacls.exe|ROOT/Data/state|/grant|NT SERVICE/hyperv-sriov-exporter:(OI)(CI)M',
      'icacls.exe|ROOT/Data/logs|/grant|NT SERVICE/hyperv-sriov-exporter:(OI)(CI)M',
    ]);
  });

  it('install: an upgrade removes the former service first, and leaves a configuration that is there alone', () => {
    const { calls, failure, tools } = outcomeOf('an upgrade');
    expect(failure).toBeUndefined();
    expect(calls.slice(0, 3)).toEqual([
      'Stop-Service -Force True -Name hyperv-sriov-exporter',
      'Remove-Item -Force True -LiteralPath ROOT/Program/program -Recurse True',
      'New-Item -Force True -ItemType Directory -Path ROOT/Program/program',
    ]);
    expect(tools[0]).toBe('sc.exe|delete|hyperv-sriov-exporter');
    expect(calls.join('\n')).not.toMatch(/Set-Content|LocalGroupMember|New-NetFirewallRule|Start-Service/);
    expect(tools.join('\n')).not.toContain('obj=');
  });

  it('install: a package that was changed is refused by file, before anything is done', () => {
    const { calls, failure, tools } = outcomeOf('a changed package');
    expect(failure).toContain('not as expected: LICENSE');
    expect([calls, tools]).toEqual([[], []]);
  });

  it('install: -WhatIf changes nothing', () => {
    const { calls, failure, tools } = outcomeOf('what if');
    expect(failure).toBeUndefined();
    expect([calls, tools]).toEqual([[], []]);
  });

  it('uninstall: takes back groups, service, firewall rule and program, and keeps the data unless told', () => {
    const kept = outcomeOf('an uninstall');
    expect(kept.failure).toBeUndefined();
    expect(kept.calls).toEqual([
      'Remove-LocalGroupMember -Member NT SERVICE/hyperv-sriov-exporter -SID S-1-5-32-578',
      'Remove-LocalGroupMember -Member NT SERVICE/hyperv-sriov-exporter -SID S-1-5-32-558',
      'Stop-Service -Force True -Name hyperv-sriov-exporter',
      'Remove-NetFirewallRule -Name hyperv-sriov-exporter',
      'Remove-Item -Force True -LiteralPath ROOT/Program -Recurse True',
    ]);
    expect(kept.tools).toEqual(['sc.exe|delete|hyperv-sriov-exporter']);
    expect(outcomeOf('an uninstall with its data').calls).toContain(
      'Remove-Item -Force True -LiteralPath ROOT/Data -Recurse True',
    );
  });
});
