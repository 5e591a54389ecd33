import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../../src/clock.ts';
import { makeWorld } from '../../../../src/simulated-host/world.ts';
import type { ModuleReader } from '../../../../src/collect/powershell/module-reader.ts';
import { createPowerShellReader } from '../../../../src/collect/powershell/reader.ts';
import { PARTS } from '../../../../src/document/document.ts';
import { allQueries } from '../../../../src/document/queries/index.ts';
import { parseDocument } from '../../../../src/document/parse.ts';
import { stubPowerShell } from '../../../support/pwsh/stub-powershell.ts';
import { worldToObjects } from '../../../support/pwsh/world-to-objects.ts';
import { describeWith } from '../../../support/tools.ts';

// PowerShell runs below normal priority: on a busy machine its start takes long.
const CONSTRAIN = '$ExecutionContext.SessionState.LanguageMode = "ConstrainedLanguage"';
/** A module that the policy allows runs in full language. Without such a policy that is one imported before. */
const ALLOWED = `Import-Module StubHost, StubCmdlets, HyperVSriov; ${CONSTRAIN}`;
/** The mode is reported and nothing is refused */
const AUDIT =
  'Update-TypeData -TypeName System.Management.Automation.SessionState -MemberType NoteProperty -MemberName LanguageMode -Value ConstrainedLanguage -Force';
const FILE_BLOCKED =
  'function Import-Module { [CmdletBinding()] param($Name) $PSCmdlet.ThrowTerminatingError([System.Management.Automation.ErrorRecord]::new(' +
  '[System.Management.Automation.PSSecurityException]::new("the file is blocked by policy"), "ScriptFileBlockedBySystemPolicy", "SecurityError", $null)) }; ' +
  CONSTRAIN;

describeWith(['pwsh'], 'a session under an application control policy', () => {
  let folder: string;
  let reader: ModuleReader;
  let warnings: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'language '));
    warnings = [];
  });
  afterEach(async () => {
    await reader.close();
    rmSync(folder, { recursive: true });
  });

  const open = (first: string): ModuleReader => {
    const now = Date.now();
    const host = worldToObjects(makeWorld(1, 'set-team', now - 300_000)(now), true);
    reader = createPowerShellReader({
      executable: stubPowerShell(
        folder,
        { ...host, services: [...(host.services ?? []), { Name: 'ClusSvc', Status: 'Running' }] },
        { first },
      ),
      env: process.env,
      expectedModuleVersion: '0.1.0',
      clock: systemClock,
      log: {
        debug: () => {},
        info: () => {},
        warn: (fields, text) => warnings.push(`${text} ${JSON.stringify(fields)}`),
      },
    });
    return reader;
  };
  const soon = (): AbortSignal => AbortSignal.timeout(200_000);

  it.each([
    ['ConstrainedLanguage, with the modules allowed', ALLOWED],
    ['an audit policy, which reports ConstrainedLanguage and refuses nothing', AUDIT],
  ])('%s: all parts are read, all sources are ok', async (_, first) => {
    open(first);
    const sources: Record<string, string> = {};
    for (const part of PARTS) {
      const document = parseDocument(await reader.read(part, soon()));
      for (const [name, { status }] of Object.entries(document.sources)) sources[name] = status;
    }
    // The second call of a process, too
    await reader.read('inventory', soon());
    const all = allQueries().map((each) => each.source);
    expect(all.length).toBeGreaterThan(25);
    expect(sources).toEqual(Object.fromEntries(all.map((name) => [name, 'ok'])));
    expect(Object.values(reader.stats().restarts)).toEqual(PARTS.map(() => 0));
    expect(warnings).toEqual([]);
  });

  it('a session that refuses methods cannot write the markers of full language', async () => {
    // What the two tests above rest on: the engine enforces the mode.
    open(`${CONSTRAIN}; [Console]::Error.Write("never")`);
    await expect(reader.read('activity', soon())).rejects.toMatchObject({ code: 'constrained_language' });
    expect(warnings.join()).toContain('Cannot invoke method');
  });

  it.each([
    ['whose files may only run in constrained language', CONSTRAIN, 'does not allow the module HyperVSriov'],
    ['whose file is blocked', FILE_BLOCKED, 'the file is blocked by policy'],
  ])('a module %s: one line says so within seconds', async (_, first, said) => {
    open(first);
    await reader.start('activity', soon()).catch(() => {});
    const began = performance.now();
    const error: unknown = await reader.read('inventory', soon()).catch((reason: unknown) => reason);
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(error).toMatchObject({ code: 'constrained_language' });
    const text = error instanceof Error ? error.message : '';
    expect(text).toMatch(/^An application control policy [^\n]*$/);
    expect(text).toContain('docs/windows.md, "Application control"');
    expect(text).toContain(said);
    expect(text).not.toContain('execution policy');
  });
});
