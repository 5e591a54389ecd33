import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clockOutcome } from '../../src/cli/doctor/checks/clock.ts';
import { policyOutcome } from '../../src/cli/doctor/checks/execution-policy.ts';
import { checksFor } from '../../src/cli/doctor/checks/index.ts';
import { languageOutcome } from '../../src/cli/doctor/checks/language-mode.ts';
import { rightsOutcome, vmmsOutcome } from '../../src/cli/doctor/checks/hyper-v.ts';
import { sourceOutcome } from '../../src/cli/doctor/checks/parts.ts';
import { allQueries } from '../../src/document/queries/index.ts';
import { versionOutcome } from '../../src/cli/doctor/checks/version.ts';
import { posixWriter, withParents } from '../../src/cli/doctor/posix-writers.ts';
import { findWindowsWriter } from '../../src/windows/writers.ts';
import { childEnvironment } from '../../src/collect/powershell/environment.ts';
import { introduction, modulePathOf } from '../../src/collect/powershell/one-shot.ts';
import type { ParsedSource } from '../../src/document/document.ts';
import type { AccessRule, Descriptor } from '../../src/windows/boundary.ts';
import { moduleFolder, stubFolder } from '../support/pwsh/module.ts';
import { stubPowerShell } from '../support/pwsh/stub-powershell.ts';
import { describeWith } from '../support/tools.ts';
import { fakeWindows } from '../windows-service/fake-windows.ts';

const ADMINISTRATOR = 'S-1-5-21-1004336348-1177238915-682003330-1001';
const TRUSTED_INSTALLER = 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464';
const [SYSTEM, ADMINISTRATORS, USERS, AUTHENTICATED, EVERYONE, CREATOR_OWNER] = [
  'S-1-5-18',
  'S-1-5-32-544',
  'S-1-5-32-545',
  'S-1-5-11',
  'S-1-1-0',
  'S-1-3-0',
];
const FULL = 0x1f01ff;
const MODIFY = 0x1301bf;
const READ = 0x1200a9;
/** FILE_WRITE_DATA, FILE_APPEND_DATA, FILE_READ_EA, FILE_WRITE_ATTRIBUTES: what Users may do in ProgramData */
const ADD_FILES_AND_FOLDERS = 0x116;

const allow = (sid: string, mask: number, inheritOnly = false): AccessRule => ({ allow: true, sid, mask, inheritOnly });
const deny = (sid: string, mask: number): AccessRule => ({ allow: false, sid, mask, inheritOnly: false });
const owned = (owner: string, ...rules: readonly AccessRule[]): Descriptor => ({ owner, rules });

/** As Windows Server makes them */
const PROGRAM_FILES = owned(
  TRUSTED_INSTALLER,
  allow(TRUSTED_INSTALLER, FULL),
  allow(SYSTEM, MODIFY),
  allow(SYSTEM, 0x1000_0000, true),
  allow(ADMINISTRATORS, MODIFY),
  allow(CREATOR_OWNER, 0x1000_0000, true),
  allow(USERS, READ),
  allow(USERS, 0xa000_0000, true),
);
const PROGRAM_DATA = owned(
  SYSTEM,
  allow(SYSTEM, FULL),
  allow(ADMINISTRATORS, FULL),
  allow(CREATOR_OWNER, 0x1000_0000, true),
  allow(USERS, READ),
  allow(USERS, ADD_FILES_AND_FOLDERS),
);

describe('who can write, from owners and rights of Windows', () => {
  /** The verdict on a path, from the descriptors of what is there; `elevated` is who asks. */
  const find = (
    path: string,
    there: Readonly<Record<string, Descriptor>>,
    strictness: 'program' | 'state' = 'program',
    elevated = false,
  ) => {
    const { files } = fakeWindows().windows;
    const described = { ...files, describe: (each: string) => there[each] };
    return findWindowsWriter(
      { files: described, accounts: { self: () => ADMINISTRATOR, elevated: () => elevated } },
      [path],
      strictness,
    );
  };
  const FILE = 'C:\\Program Files\\x\\main.js';
  const above = { 'C:\\Program Files': PROGRAM_FILES, 'C:\\Program Files\\x': PROGRAM_FILES };
  const service = 'S-1-5-80-1-2-3';

  it.each([
    ['an unmodified Program Files', PROGRAM_FILES, undefined, undefined],
    ['a protected folder', owned(ADMINISTRATORS, allow(SYSTEM, FULL), allow(USERS, READ)), undefined, undefined],
    [
      'users may modify',
      owned(ADMINISTRATORS, allow(AUTHENTICATED, MODIFY)),
      'Authenticated Users',
      'Authenticated Users',
    ],
    ['users may add', PROGRAM_DATA, 'Users', 'Users'],
    [
      'what is made there is writable',
      owned(ADMINISTRATORS, allow(EVERYONE, 0x4000_0000, true)),
      'Everyone',
      'Everyone',
    ],
    ['the service may modify', owned(ADMINISTRATORS, allow(service, MODIFY)), service, undefined],
    ['a person owns it', owned(ADMINISTRATOR, allow(ADMINISTRATORS, FULL)), ADMINISTRATOR, undefined],
    ['a denial', owned(ADMINISTRATORS, deny(EVERYONE, FULL), allow(EVERYONE, 0x120089)), undefined, undefined],
    [
      'users may take ownership',
      owned(ADMINISTRATORS, allow('S-1-5-21-1-2-3-513', 0x80000)),
      'S-1-5-21-1-2-3-513',
      'S-1-5-21-1-2-3-513',
    ],
    ['no list at all', { owner: ADMINISTRATORS, rules: undefined }, 'Everyone', 'Everyone'],
  ] as const)('%s', (_, descriptor, program, state) => {
    const said = (who: string | undefined) => (who === undefined ? undefined : `${FILE}: ${who} can write it`);
    expect(find(FILE, { ...above, [FILE]: descriptor })).toBe(said(program));
    expect(find(FILE, { ...above, [FILE]: descriptor }, 'state')).toBe(said(state));
  });

  it('a file of the administrator who runs the check counts as trusted', () => {
    const there = { ...above, [FILE]: owned(ADMINISTRATOR, allow(ADMINISTRATOR, FULL)) };
    expect(find(FILE, there, 'program', true)).toBeUndefined();
    expect(find(FILE, there, 'program', false)).toContain(ADMINISTRATOR);
  });

  it('the right to add to a parent folder does not allow replacing files in it: an unmodified ProgramData passes', () => {
    const own = owned(ADMINISTRATORS, allow(SYSTEM, FULL), allow(ADMINISTRATORS, FULL), allow(service, READ));
    const data = 'C:\\ProgramData\\hyperv-sriov-exporter';
    expect(
      find(`${data}\\config`, { 'C:\\ProgramData': PROGRAM_DATA, [data]: own, [`${data}\\config`]: own }),
    ).toBeUndefined();
  });

  it('the right to delete from a parent folder allows replacing files in it', () => {
    const there = { 'C:\\Program Files': owned(ADMINISTRATORS, allow(USERS, 0x40)), [FILE]: PROGRAM_FILES };
    expect(find(FILE, there)).toBe('C:\\Program Files: Users can replace what is in it');
  });

  it('the right to add to the nearest existing folder allows creating a missing file', () => {
    expect(find('C:\\ProgramData\\x\\config.yaml', { 'C:\\ProgramData': PROGRAM_DATA })).toBe(
      'C:\\ProgramData: Users can write it',
    );
  });

  it('is not guessed if nothing can be read', () => {
    expect(() => find(FILE, {})).toThrow(/neither .* nor a folder above it can be found/);
  });
});

describe('who can write, from the mode of a file', () => {
  const self = { uid: 1000, gid: 1000 };
  it.each([
    [{ mode: 0o100644, uid: 0, gid: 0 }, false, undefined],
    [{ mode: 0o100666, uid: 0, gid: 0 }, false, 'everyone can write it'],
    [{ mode: 0o100664, uid: 0, gid: 0 }, false, undefined],
    [{ mode: 0o100664, uid: 1000, gid: 1000 }, false, undefined],
    [{ mode: 0o100664, uid: 0, gid: 50 }, false, 'group 50 can write it'],
    [{ mode: 0o100600, uid: 33, gid: 0 }, false, 'it belongs to user 33'],
    // /tmp above it protects what is in it, and is no place itself
    [{ mode: 0o041777, uid: 0, gid: 0 }, true, undefined],
    [{ mode: 0o041777, uid: 0, gid: 0 }, false, 'everyone can write it'],
    [{ mode: 0o040777, uid: 0, gid: 0 }, true, 'everyone can write it'],
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

describe('the result of a check for given facts', () => {
  it.each([
    ['5.1.17763.1', 'Desktop', 'ok'],
    ['5.0.10586.117', 'Desktop', 'failed'],
    ['4.0', '', 'failed'],
    ['7.4.1', 'Core', 'ok'],
    ['6.2.0', 'Core', 'failed'],
  ])('version %s %s: %s', (version, edition, status) => {
    expect(versionOutcome({ version, edition }).status).toBe(status);
  });

  it.each([
    ['RemoteSigned', 'ok', undefined],
    ['AllSigned', 'ok', undefined],
    ['', 'failed', 'run Get-ExecutionPolicy -List in it'],
    ['Restricted', 'failed', 'Set-ExecutionPolicy RemoteSigned (or by Group Policy), the default of servers'],
  ])('execution policy %s: %s', (policy, status, remedy) => {
    expect(policyOutcome(policy)).toMatchObject({ status, ...(remedy === undefined ? {} : { remedy }) });
  });

  it('a clock before the installation is wrong', () => {
    const day = 86_400_000;
    expect(clockOutcome(100 * day, 99 * day).status).toBe('ok');
    expect(clockOutcome(100 * day, 100.5 * day).status).toBe('ok');
    expect(clockOutcome(1 * day, 100 * day)).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('w32tm'),
    });
  });

  it('no rights, no VMs and a stopped service are distinguished', () => {
    const seen = source({ rows: [host] });
    expect(rightsOutcome({ vm_host: seen as never, vm: source({}) as never })).toMatchObject({
      status: 'ok',
      text: 'the host is visible; it has no VMs',
    });
    // What was not read is not none.
    expect(rightsOutcome({ vm_host: seen as never }).text).toBe('the host is visible; the source vm is disabled');
    expect(
      rightsOutcome({ vm_host: seen as never, vm: source({ status: 'failed', errors: ['RPC'] }) as never }),
    ).toMatchObject({
      status: 'failed',
      text: 'the host is visible, but its VMs are not: RPC',
    });
    expect(rightsOutcome({ vm_host: source({}) as never, vm: source({}) as never }).text).toBe(
      'Get-VMHost returns nothing, not even this host',
    );
    expect(rightsOutcome({ vm_host: source({ status: 'failed', errors: ['no permission'] }) as never })).toMatchObject({
      status: 'failed',
      text: 'Get-VMHost shows an error: no permission',
      remedy: expect.stringContaining('S-1-5-32-578'),
    });
    expect(vmmsOutcome({ version: '', edition: '', executionPolicy: '', vmms: 'Stopped' })).toMatchObject({
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
    expect(sourceOutcome(name, queryOf(name), given)).toMatchObject(outcome);
  });
});

const queryOf = (name: string) => allQueries().find(({ source: each }) => each === name)!.query;

describeWith(['pwsh'], 'the questions that doctor types', () => {
  const constrain = '$ExecutionContext.SessionState.LanguageMode = "ConstrainedLanguage"';
  it.each([
    ['in full language', '', { mode: 'FullLanguage' }],
    [
      'in constrained language, where the policy allows the module',
      `Import-Module StubHost, StubCmdlets, HyperVSriov; ${constrain}`,
      { mode: 'ConstrainedLanguage', module: '0.1.0' },
    ],
  ])(
    'are answered by the engine %s',
    async (_, first, language) => {
      const folder = mkdtempSync(join(tmpdir(), 'one-shot-'));
      try {
        const executable = stubPowerShell(
          folder,
          { calls: {}, services: [{ Name: 'vmms', Status: 'Stopped' }] },
          { first },
        );
        const platform = 'linux';
        const env = childEnvironment({ env: process.env, executable, moduleRoot: moduleFolder, platform });
        const shell = { executable, cwd: folder, env, platform } as const;
        expect(await introduction(shell)).toEqual({
          language,
          about: {
            version: expect.stringMatching(/^7\./),
            edition: 'Core',
            executionPolicy: 'Unrestricted',
            vmms: 'Stopped',
          },
        });
        const { folders, desktopOnly } = await modulePathOf(shell);
        expect(folders).toEqual([stubFolder, moduleFolder, expect.stringMatching(/^\/.*\/Modules$/)]);
        expect(desktopOnly).toEqual([]);
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
    [{ mode: 'ConstrainedLanguage', module: '0.1.0' }, 'ok', "allows the agent's module"],
    [{ mode: 'RestrictedLanguage' }, 'failed', 'RestrictedLanguage mode and did not report more'],
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
      'the check of the module',
    ],
  ] as const)('%j: %s', (language, status, text) => {
    expect(languageOutcome(language, '/modules')).toMatchObject({ status, text: expect.stringContaining(text) });
  });
});

describe('the order of the checks', () => {
  const platforms = ['win32', 'linux', 'darwin'] as const;
  const sources = [undefined, 'powershell', 'demo', 'replay'] as const;
  it.each(platforms.flatMap((platform) => sources.map((each) => [platform, each] as const)))(
    'on %s, with the source %s: what a check needs is examined before it',
    (platform, each) => {
      const checks = checksFor(each, platform);
      const ofHost = each === undefined || each === 'powershell';
      expect(checks.length).toBeGreaterThan(ofHost ? 40 : 10);
      const before = new Set<string>();
      for (const { id, needs = [] } of checks) {
        expect(
          needs.filter((need) => !before.has(need)),
          id,
        ).toEqual([]);
        before.add(id);
      }
      const rights = checks.filter(({ id }) => id.endsWith('_rights'));
      expect(rights).toHaveLength(ofHost ? 5 : 4);
      // They are read without PowerShell, so a PowerShell that does not start hides none of them.
      for (const { id, needs } of rights) if (id !== 'module_path_rights') expect(needs).toEqual(['configuration']);
    },
  );
});
