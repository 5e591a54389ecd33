import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeClock } from '../../src/cli/doctor/checks/clock.ts';
import { judgePolicy } from '../../src/cli/doctor/checks/execution-policy.ts';
import { checksFor } from '../../src/cli/doctor/checks/index.ts';
import { judgeLanguage } from '../../src/cli/doctor/checks/language-mode.ts';
import { judgeRights, judgeVmms } from '../../src/cli/doctor/checks/hyper-v.ts';
import { judgeSource } from '../../src/cli/doctor/checks/parts.ts';
import { allQueries } from '../../src/document/queries/index.ts';
import { judgeVersion } from '../../src/cli/doctor/checks/version.ts';
import { posixWriter, withParents } from '../../src/cli/doctor/rights/posix.ts';
import { sddlWriters } from '../../src/cli/doctor/rights/sddl.ts';
import { introduction, securityDescriptors } from '../../src/collect/powershell/one-shot.ts';
import type { ParsedSource } from '../../src/document/document.ts';
import { moduleFolder } from '../support/pwsh/module.ts';
import { stubPowerShell } from '../support/pwsh/stub-powershell.ts';
import { describeWith } from '../support/tools.ts';

const SAM = 'S-1-5-21-1004336348-1177238915-682003330-1001';
const TRUSTED = 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464';

describe('who can write, from a security descriptor', () => {
  it.each([
    // Program Files as Windows makes it
    [
      `O:${TRUSTED}G:${TRUSTED}D:PAI(A;;FA;;;${TRUSTED})(A;;0x1301bf;;;SY)(A;OICIIO;GA;;;SY)(A;;0x1301bf;;;BA)(A;OICIIO;GA;;;CO)(A;;0x1200a9;;;BU)(A;OICIIO;GXGR;;;BU)S:AI(AU;SAFA;FA;;;WD)`,
      [],
      [],
    ],
    ['O:BAG:SYD:(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)', [], []],
    // ProgramData: users may add files and folders
    ['O:SYG:SYD:AI(A;OICIID;FA;;;SY)(A;CIID;DCLCRPCR;;;BU)', ['Users'], ['Users']],
    ['O:BAG:BAD:(A;;FA;;;BA)(A;OICI;0x1301bf;;;AU)', ['Authenticated Users'], ['Authenticated Users']],
    ['O:BAG:BAD:(A;;FA;;;BA)(A;;FW;;;S-1-1-0)', ['Everyone'], ['Everyone']],
    // Inherited by what will be made there
    ['O:BAG:BAD:(A;;FA;;;BA)(A;OICIIO;GW;;;WD)', ['Everyone'], ['Everyone']],
    // The service's own account: in its program no, in its state yes
    ['O:BAG:BAD:(A;;FA;;;BA)(A;OICI;0x1301bf;;;S-1-5-80-1-2-3)', ['S-1-5-80-1-2-3'], []],
    [`O:${SAM}G:BAD:(A;;FA;;;BA)`, [SAM], []],
    ['O:BAG:BAD:(D;;FA;;;WD)(A;;FR;;;WD)(A;;FA;;;BA)', [], []],
    ['O:BAG:BAD:(XA;;FA;;;BU;(@User.Title=="PM"))', ['Users'], ['Users']],
    ['O:BAG:BAD:NO_ACCESS_CONTROL', ['Everyone'], ['Everyone']],
    ['O:BAG:BAD:(A;;WO;;;DU)', ['Domain Users'], ['Domain Users']],
  ])('%s', (sddl, program, state) => {
    expect(sddlWriters(sddl, 'program')).toEqual(program);
    expect(sddlWriters(sddl, 'state')).toEqual(state);
  });

  it('is not guessed from what is none', () => {
    for (const text of ['', 'D:(A;;FA;;;BA)', 'Everyone: full control'])
      expect(sddlWriters(text, 'program')).toBeUndefined();
  });
});

describe('who can write, from the mode of a file', () => {
  const self = { uid: 1000, gid: 1000 };
  it.each([
    [{ mode: 0o100644, uid: 0, gid: 0 }, false, undefined],
    [{ mode: 0o100666, uid: 0, gid: 0 }, false, 'everybody can write it'],
    [{ mode: 0o100664, uid: 0, gid: 0 }, false, undefined],
    [{ mode: 0o100664, uid: 1000, gid: 1000 }, false, undefined],
    [{ mode: 0o100664, uid: 0, gid: 50 }, false, 'group 50 can write it'],
    [{ mode: 0o100600, uid: 33, gid: 0 }, false, 'it belongs to user 33'],
    // /tmp above it protects what is in it, and is no place itself
    [{ mode: 0o041777, uid: 0, gid: 0 }, true, undefined],
    [{ mode: 0o041777, uid: 0, gid: 0 }, false, 'everybody can write it'],
    [{ mode: 0o040777, uid: 0, gid: 0 }, true, 'everybody can write it'],
  ])('%o', (mode, isParent, reason) => {
    expect(posixWriter(mode, self, isParent)).toBe(reason);
  });

  it('looks at every folder above', () => {
    expect(withParents('/a/b/c')).toEqual(['/a/b/c', '/a/b', '/a', '/']);
  });
});

const source = (given: Partial<ParsedSource<unknown>>): ParsedSource<unknown> => ({
  status: 'ok',
  takenAt: 1,
  rows: [],
  skipped: 0,
  errors: [],
  ...given,
});
const host = { name: 'hv' } as never;

describe('what a check makes of what it was told', () => {
  it.each([
    ['5.1.17763.1', 'Desktop', 'ok'],
    ['5.0.10586.117', 'Desktop', 'failed'],
    ['4.0', '', 'failed'],
    ['7.4.1', 'Core', 'ok'],
    ['6.2.0', 'Core', 'failed'],
  ])('version %s %s: %s', (version, edition, status) => {
    expect(judgeVersion({ version, edition }).status).toBe(status);
  });

  it.each([
    ['RemoteSigned', 'ok', undefined],
    ['AllSigned', 'ok', undefined],
    ['Restricted', 'failed', 'Set-ExecutionPolicy RemoteSigned (or by Group Policy), the default of servers'],
  ])('execution policy %s: %s', (policy, status, remedy) => {
    expect(judgePolicy(policy)).toMatchObject({ status, ...(remedy === undefined ? {} : { remedy }) });
  });

  it('a clock before the installation is wrong', () => {
    const day = 86_400_000;
    expect(judgeClock(100 * day, 99 * day).status).toBe('ok');
    expect(judgeClock(100 * day, 100.5 * day).status).toBe('ok');
    expect(judgeClock(1 * day, 100 * day)).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('w32tm'),
    });
  });

  it('no rights, no VMs, and a stopped service are three things', () => {
    const seen = source({ rows: [host] });
    expect(judgeRights({ vm_host: seen as never, vm: source({}) as never })).toMatchObject({
      status: 'ok',
      text: 'the host can be seen; it has no VMs',
    });
    expect(judgeRights({ vm_host: source({}) as never, vm: source({}) as never }).text).toBe(
      'Get-VMHost shows nothing, not even this host',
    );
    expect(judgeRights({ vm_host: source({ status: 'failed', errors: ['no permission'] }) as never })).toMatchObject({
      status: 'failed',
      text: 'Get-VMHost shows an error: no permission',
      remedy: expect.stringContaining('S-1-5-32-578'),
    });
    expect(judgeVmms({ version: '', edition: '', executionPolicy: '', vmms: 'Stopped' })).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('Start-Service vmms'),
    });
  });

  it.each([
    ['vm', source({ rows: [1, 2], durationMs: 7 }), { status: 'ok', text: '2 rows', took: 7 }],
    [
      'vm',
      source({ rows: [1], status: 'partial', errors: ['web01 is busy'] }),
      { status: 'ok', text: '1 row, and errors: web01 is busy' },
    ],
    ['vm', source({ skipped: 3 }), { status: 'failed', text: 'none of its 3 rows can be used' }],
    [
      'net_adapter_sriov',
      source({ status: 'failed', errors: ['provider load failure'] }),
      { status: 'failed', text: 'failed: provider load failure' },
    ],
    [
      'net_adapter_vmq',
      source({ status: 'unsupported', errors: ['not recognized'] }),
      { status: 'failed', text: 'this Windows does not have it: not recognized' },
    ],
    [
      'counters_virtual_switch',
      source({ status: 'unsupported' }),
      { status: 'failed', text: 'the counter set "Hyper-V Virtual Switch" is missing: no reason given' },
    ],
    [
      'counters_virtual_switch',
      source({ status: 'failed', errors: ['Access is denied'] }),
      { status: 'failed', remedy: expect.stringContaining('Performance Monitor Users') },
    ],
    ['counters_mellanox_vf', source({ status: 'unsupported' }), { status: 'skipped' }],
    ['cluster_node', source({ status: 'unsupported' }), { status: 'skipped' }],
    [
      'vnic_instance',
      source({ status: 'unsupported' }),
      { status: 'skipped', text: 'see source:counters_virtual_network_adapter' },
    ],
  ] as const)('source %s', (name, given, outcome) => {
    expect(judgeSource(name, queryOf(name), given)).toMatchObject(outcome);
  });
});

const queryOf = (name: string) => allQueries().find(({ source: each }) => each === name)!.query;

describeWith(['pwsh'], 'the questions that doctor types', () => {
  const getAcl =
    'function Get-Acl { param($LiteralPath) if ($LiteralPath -notlike "*none*") { @{ Sddl = "O:BAG:BAD:(XA;;FA;;;BU;(@User.A==1)) $LiteralPath" } } }';
  const constrain = '$ExecutionContext.SessionState.LanguageMode = "ConstrainedLanguage"';
  it.each([
    ['in full language', getAcl, { mode: 'FullLanguage' }],
    [
      'in constrained language, where the policy allows the module',
      `${getAcl}; Import-Module StubHost, StubCmdlets, HyperVSriov; ${constrain}`,
      { mode: 'ConstrainedLanguage', module: '0.1.0' },
    ],
  ])(
    'are answered by the engine %s, whatever a path holds',
    async (_, first, language) => {
      const folder = mkdtempSync(join(tmpdir(), 'one-shot-'));
      try {
        const executable = stubPowerShell(
          folder,
          { calls: {}, services: [{ Name: 'vmms', Status: 'Stopped' }] },
          { first },
        );
        const shell = {
          executable,
          cwd: folder,
          systemRoot: undefined,
          env: { ...process.env, TERM: 'dumb', NO_COLOR: '1', PSModulePath: moduleFolder },
        };
        expect(await introduction(shell)).toEqual({
          language,
          about: {
            version: expect.stringMatching(/^7\./),
            edition: 'Core',
            executionPolicy: 'Unrestricted',
            vmms: 'Stopped',
          },
        });
        const paths = ["C:\\it's $(here) [1]", 'C:\\Größe 東京', 'C:\\none'];
        const found = await securityDescriptors(shell, paths);
        expect([...found.keys()]).toEqual(paths.slice(0, 2));
        expect(found.get(paths[1]!)).toBe('O:BAG:BAD:(XA;;FA;;;BU;(@User.A==1)) C:\\Größe 東京');
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    120_000,
  );
});

describe('the language mode', () => {
  it.each([
    [undefined, 'failed', 'did not report'],
    [{ mode: 'FullLanguage' }, 'ok', 'FullLanguage'],
    [{ mode: 'ConstrainedLanguage', module: '0.1.0' }, 'ok', "lets the agent's module run"],
    [{ mode: 'RestrictedLanguage' }, 'failed', 'RestrictedLanguage mode and did not answer'],
    [
      {
        mode: 'ConstrainedLanguage',
        module: '',
        refusal: { id: 'ScriptFileBlockedBySystemPolicy,X', text: 'blocked' },
      },
      'failed',
      'An application control policy',
    ],
    // Under an audit policy the cause may be another one, which the check of the module reports.
    [
      { mode: 'ConstrainedLanguage', module: '', refusal: { id: 'Modules_ModuleNotFound,X', text: 'none' } },
      'ok',
      'its own line',
    ],
  ] as const)('%j: %s', (language, status, text) => {
    expect(judgeLanguage(language, '/modules')).toMatchObject({ status, text: expect.stringContaining(text) });
  });
});

describe('the order of the checks', () => {
  it.each(['win32', 'linux'] as const)('on %s, what a check needs is examined before it', (platform) => {
    const checks = checksFor(undefined, platform);
    expect(checks.length).toBeGreaterThan(40);
    const before = new Set<string>();
    for (const { id, needs = [] } of checks) {
      expect(
        needs.filter((need) => !before.has(need)),
        id,
      ).toEqual([]);
      before.add(id);
    }
    const rights = checks.filter(({ id }) => id.endsWith('_rights'));
    expect(rights).toHaveLength(5);
    if (platform === 'win32') for (const { needs } of rights) expect(needs).toContain('module');
  });
});
