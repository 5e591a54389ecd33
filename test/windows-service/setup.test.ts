import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkAddresses, type Firewall } from '../../src/windows/firewall.ts';
import { serviceSid } from '../../src/windows/service-sid.ts';
import { type Installation, setupSteps, type Step, undoSteps } from '../../src/windows/setup.ts';
import { fakeWindows, INSTALLER } from './fake-windows.ts';

const NAME = 'hyperv-sriov-exporter';
const SERVICE = serviceSid(NAME);
const USERS = 'S-1-5-32-545';
const USER = 'S-1-5-21-9-9-9-1105';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

/** A machine in a folder, with what was done to it. */
function machine() {
  const root = mkdtempSync(join(tmpdir(), 'setup ü '));
  roots.push(root);
  const startMenu = join(root, 'Programs');
  mkdirSync(startMenu);
  const fake = fakeWindows();
  const firewall: Firewall = {
    admit: ({ ports, program }, addresses) => {
      fake.done.push(`admit ${addresses} to ${ports.join(',')} of ${program}`);
      return Promise.resolve();
    },
    adjust: ({ ports }) => {
      fake.done.push(`adjust to ${ports.join(',')}`);
      return Promise.resolve(false);
    },
    remove: () => {
      fake.done.push('remove rule');
      return Promise.resolve(true);
    },
  };
  const data = join(root, 'data');
  const wanted: Installation = {
    data,
    commandLine: 'node.exe main.js service run',
    account: `NT SERVICE\\${NAME}`,
    program: 'C:\\node.exe',
    ports: [10_182],
    page: 'http://localhost:10182/',
    remoteAddresses: '192.0.2.10',
    groups: true,
    takeOver: false,
    startMenu,
  };
  const setUp = (given: Partial<Installation> = {}) =>
    perform(setupSteps({ ...wanted, ...given }, { windows: fake.windows, firewall }));
  return { ...fake, firewall, data, startMenu, wanted, setUp };
}

async function perform(steps: readonly Step[]): Promise<readonly (string | undefined)[]> {
  const notes = [];
  for (const { run } of steps) notes.push(await run());
  return notes;
}

describe('setup', () => {
  it('secures the data folder before anything else, and gives the service what it needs', async () => {
    const { setUp, done, files, data, startMenu, defined } = machine();
    await setUp();
    const everything = `O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)`;
    expect(Object.fromEntries(files.rights)).toEqual({
      [data]: `${everything}(A;OICI;0x1200a9;;;${SERVICE})`,
      [join(data, 'config')]: `${everything}(A;OICI;0x1200a9;;;${SERVICE})`,
      [join(data, 'state')]: `${everything}(A;OICI;0x1301bf;;;${SERVICE})`,
      [join(data, 'logs')]: `${everything}(A;OICI;0x1301bf;;;${SERVICE})`,
    });
    const source = `SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\${NAME}`;
    expect(done).toEqual([
      `set ${source} EventMessageFile = %SystemRoot%\\System32\\EventCreate.exe`,
      `set ${source} TypesSupported = 7`,
      `define ${NAME} as NT SERVICE\\${NAME}`,
      `add ${SERVICE} to S-1-5-32-578`,
      `add ${SERVICE} to S-1-5-32-558`,
      'admit 192.0.2.10 to 10182 of C:\\node.exe',
    ]);
    expect(defined.get(NAME)).toMatchObject({ restartAfterMs: [5000, 60_000, 300_000] });
    expect(readFileSync(join(startMenu, 'Hyper-V SR-IOV exporter.url'), 'utf8')).toContain(
      'URL=http://localhost:10182/',
    );
    expect(readFileSync(join(data, 'config', 'config.yaml'), 'utf8')).toMatch(/^#/);
  });

  it('keeps an existing configuration, and can be repeated safely', async () => {
    const { setUp, data } = machine();
    await setUp();
    writeFileSync(join(data, 'config', 'config.yaml'), 'source: demo\n');
    await setUp();
    expect(readFileSync(join(data, 'config', 'config.yaml'), 'utf8')).toBe('source: demo\n');
  });

  it('changes only the ports of the firewall rule if no addresses are given', async () => {
    const { setUp, done } = machine();
    const notes = await setUp({ remoteAddresses: undefined, ports: [9999, 9998] });
    expect(done).toContain('adjust to 9999,9998');
    expect(notes.join('\n')).toContain('other machines cannot connect');
  });

  it.each([
    ['LocalSystem', []],
    ['CONTOSO\\sriov$', ['add SID of CONTOSO\\sriov$ to S-1-5-32-578', 'add SID of CONTOSO\\sriov$ to S-1-5-32-558']],
  ])('as %s adds its account to the groups that it needs', async (account, expected) => {
    const { setUp, done } = machine();
    await setUp({ account });
    expect(done.filter((line) => line.startsWith('add '))).toEqual(expected);
  });

  it('adds the account to no group if groups are not wanted', async () => {
    const { setUp, done } = machine();
    await setUp({ groups: false });
    expect(done.filter((line) => line.startsWith('add '))).toEqual([]);
  });

  it('is undone: groups first, because the account is removed with the service; the data stays unless requested', async () => {
    const { setUp, done, windows, firewall, data, startMenu, wanted } = machine();
    await setUp();
    done.length = 0;
    const undo = (removeData: boolean) =>
      perform(
        undoSteps({ data, account: wanted.account, startMenu, removeData }, { windows, firewall }, () => {
          done.push('stop');
          return Promise.resolve(undefined);
        }),
      );
    await undo(false);
    expect(done).toEqual([
      'stop',
      `remove ${SERVICE} from S-1-5-32-578`,
      `remove ${SERVICE} from S-1-5-32-558`,
      `delete ${NAME}`,
      'remove rule',
      `delete SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\${NAME}`,
    ]);
    expect(existsSync(join(startMenu, 'Hyper-V SR-IOV exporter.url'))).toBe(false);
    expect(existsSync(join(data, 'config', 'config.yaml'))).toBe(true);
    await undo(true);
    expect(existsSync(data)).toBe(false);
  });
});

describe('an existing data folder', () => {
  /** Prepares a data folder, then runs setup. */
  const prepared = async (
    prepare: (given: ReturnType<typeof machine>) => void,
    given: Partial<Installation> = {},
  ): Promise<ReturnType<typeof machine>> => {
    const one = machine();
    mkdirSync(one.data);
    prepare(one);
    await one.setUp(given);
    return one;
  };

  it.each([
    ['an administrator', 'S-1-5-32-544'],
    ['SYSTEM', 'S-1-5-18'],
    ['who installs', INSTALLER],
  ])('by %s is used, with its rights set', async (_, owner) => {
    const { files, data } = await prepared((one) => one.files.owners.set(one.data, owner));
    expect(files.rights.get(data)).toContain('D:PAI(A;OICI;FA;;;SY)');
  });

  it('by a user is refused before anything is done, unless it is to be taken over', async () => {
    const one = machine();
    mkdirSync(one.data);
    one.files.owners.set(one.data, USER);
    await expect(one.setUp()).rejects.toMatchObject({ code: 'data_folder_not_ours' });
    expect([one.done, [...one.files.rights]]).toEqual([[], []]);
    await one.setUp({ takeOver: true });
    expect(one.files.owners.get(one.data)).toBe('S-1-5-32-544');
  });

  it('is refused where users may delete what is in a folder above it: they could put their own in its place', async () => {
    const one = machine();
    one.files.rules.set(dirname(one.data), [{ allow: true, sid: USERS, mask: 0x1301bf, inheritOnly: false }]);
    await expect(one.setUp({ takeOver: true })).rejects.toMatchObject({
      code: 'data_folder_replaceable',
      message: expect.stringContaining(`${dirname(one.data)}: Users can replace what is in it`),
    });
    expect(one.done).toEqual([]);
    // To add files and folders is another thing: everyone may do that in ProgramData.
    one.files.rules.set(dirname(one.data), [{ allow: true, sid: USERS, mask: 0x6, inheritOnly: false }]);
    await one.setUp();
  });

  it('is refused for one file of a user in it: it would be read as the service', async () => {
    const one = machine();
    mkdirSync(join(one.data, 'config'), { recursive: true });
    const planted = join(one.data, 'config', 'config.yaml');
    writeFileSync(planted, 'powershell: { executable: C:\\Users\\Public\\x.exe }\n');
    one.files.owners.set(planted, USER);
    await expect(one.setUp()).rejects.toMatchObject({
      code: 'data_folder_not_ours',
      message: expect.stringContaining(planted),
    });
    expect(one.done).toEqual([]);
    await one.setUp({ takeOver: true });
    expect(one.files.rights.get(planted)).toBe('O:BAD:AI');
  });

  it('may contain files that the service has written, also under another account', async () => {
    await prepared(
      (one) => {
        mkdirSync(join(one.data, 'state'));
        for (const [name, owner] of [
          ['history.json', SERVICE],
          ['journal.jsonl', 'SID of CONTOSO\\sriov$'],
        ] as const) {
          writeFileSync(join(one.data, 'state', name), '');
          one.files.owners.set(join(one.data, 'state', name), owner);
        }
      },
      { account: 'CONTOSO\\sriov$' },
    );
  });

  it.each([
    [
      'as itself',
      (one: ReturnType<typeof machine>, away: string) => {
        rmSync(one.data, { recursive: true });
        symlinkSync(away, one.data);
      },
    ],
    [
      'as its folder of state',
      (one: ReturnType<typeof machine>, away: string) => symlinkSync(away, join(one.data, 'state')),
    ],
    [
      'somewhere in it',
      (one: ReturnType<typeof machine>, away: string) => {
        mkdirSync(join(one.data, 'state'));
        symlinkSync(away, join(one.data, 'state', 'deep'));
      },
    ],
  ])('with a link %s is refused, also when it is taken over, and what it leads to is left alone', async (_, link) => {
    for (const takeOver of [false, true]) {
      const one = machine();
      const away = mkdtempSync(join(tmpdir(), 'away '));
      roots.push(away);
      mkdirSync(one.data);
      link(one, away);
      await expect(one.setUp({ takeOver })).rejects.toMatchObject({ code: 'link_refused' });
      expect([...one.files.rights.keys()].filter((path) => path.startsWith(away))).toEqual([]);
      expect(one.done).toEqual([]);
    }
  });
});

describe('addresses for the firewall', () => {
  it.each(['192.0.2.10', '192.0.2.0/24, 2001:db8::/32', '192.0.2.1-192.0.2.9', 'any', 'LocalSubnet'])(
    '%s',
    (addresses) => {
      expect(checkAddresses(addresses)).toBe(addresses.replaceAll(', ', ','));
    },
  );
  it.each(['', 'prometheus.example.com', '192.0.2.10" program="x', '10.0.0.1,,10.0.0.2', '10.0.0.1 dir=out'])(
    'not %j: it would become a part of a command',
    (addresses) => {
      expect(() => checkAddresses(addresses)).toThrow(/is not an address/);
    },
  );
});
