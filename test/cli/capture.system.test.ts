import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld } from '../../src/simulated-host/world.ts';
import { stubPowerShell } from '../support/pwsh/stub-powershell.ts';
import { worldToObjects } from '../support/pwsh/world-to-objects.ts';
import { runProgram } from '../support/run-program.ts';
import { startExporter } from '../support/servers/exporter.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'capture '));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
const demo = ['--source', 'demo', '--demo.scenario', 'vf-pool-exhausted'];
const replay = (name: string) => ['--source', 'replay', '--replay.file', at(name)];
const MINUTES = 120_000;

/** How many vNICs the last line of `explain` counts. */
const counted = (text: string) => text.split('\n').find((line) => /^\d+ virtual NICs: /.test(line));

describe('a capture of the demo host', () => {
  beforeAll(async () => {
    const { code, stdout, stderr } = await runProgram([
      'capture',
      at('demo.gz'),
      ...demo,
      '--polls',
      '3',
      '--key-file',
      at('key'),
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^poll 3 of 3$/m);
    expect(stdout).toMatch(/^.*demo\.gz: 9 documents, \d+ bytes$/m);
    expect(stdout).toMatch(
      /^replaced: \d{2} VM names, 1 vSwitch names, .* \d{3} GUIDs, \d{2} MAC addresses, \d+ IP addresses$/m,
    );
    expect(stdout).toMatch(/^the key is in .*key: keep it secret$/m);
    expect(stdout).toMatch(/^the file contains these messages of Windows; check that none contains a name:$/m);
  }, MINUTES);

  it(
    'explains as the host itself does',
    async () => {
      const [recorded, host] = await Promise.all([
        runProgram(['explain', ...replay('demo.gz')]),
        runProgram(['explain', ...demo]),
      ]);
      expect(recorded).toMatchObject({ code: 2, stderr: '' });
      expect(counted(host.stdout)).toBeDefined();
      expect(counted(recorded.stdout)).toBe(counted(host.stdout));
      expect(recorded.stdout).toContain('vf_pool_exhausted');
      expect(host.stdout).toContain('vSwitch_LAN01');
      expect(recorded.stdout).not.toContain('vSwitch_LAN01');
    },
    MINUTES,
  );

  it(
    'gives the same metrics, and plays in a server at another speed',
    async () => {
      const vswitches = (text: string) =>
        [...text.matchAll(/^hyperv_vswitch_(?:vf|vnics).* \d+$/gm)].map(([line]) =>
          line.replace(/vswitch="[^"]*"/, ''),
        );
      const [recorded, host] = await Promise.all([
        runProgram(['metrics', ...replay('demo.gz')]),
        runProgram(['metrics', ...demo]),
      ]);
      expect(vswitches(host.stdout).length).toBeGreaterThan(8);
      expect(vswitches(recorded.stdout)).toEqual(vswitches(host.stdout));
      const exporter = await startExporter([...replay('demo.gz'), '--replay.speed', '60']);
      try {
        await until(
          'it serves',
          async () => (await (await fetch(`${exporter.url}/metrics`)).text()).includes('hyperv_vswitch_vf_limit'),
          { why: exporter.log },
        );
      } finally {
        await exporter.stop();
      }
    },
    MINUTES,
  );

  it(
    'keeps names where asked, and can be made anonymous afterwards',
    async () => {
      const named = await runProgram(['capture', at('named.gz'), ...demo, '--keep-names']);
      expect(named.stdout).toContain('nothing was replaced: the file contains names and addresses');
      const text = (name: string) => gunzipSync(readFileSync(at(name))).toString();
      expect(text('named.gz')).toContain('vSwitch_LAN01');
      const again = await runProgram(['capture', at('again.gz'), ...replay('named.gz'), '--key-file', at('key')]);
      expect(again).toMatchObject({ code: 0, stderr: '' });
      expect(text('again.gz')).not.toContain('vSwitch_LAN01');
      // With the key of the first capture the names are the same as there.
      const [vswitch = 'none'] = /vswitch-\w{10}/.exec(text('demo.gz')) ?? [];
      expect(text('again.gz')).toContain(vswitch);
    },
    MINUTES,
  );

  it(
    'is not made with arguments that cannot be meant',
    async () => {
      for (const [args, message] of [
        [[at('demo.gz')], 'demo.gz is there already: give another name'],
        [
          [at('x.gz'), '--polls', '0'],
          "option '--polls <number>' argument '0' is invalid. must be a whole number from 1 to 1000.",
        ],
        [[at('no/x.gz')], 'no/x.gz cannot be written (ENOENT'],
        [[], "missing required argument 'file'"],
      ] as const) {
        const { code, stdout, stderr } = await runProgram(['capture', ...args, ...demo]);
        expect(stderr).toContain(message);
        expect({ code, lines: stderr.trim().split('\n').length, stdout }).toEqual({ code: 64, lines: 1, stdout: '' });
      }
    },
    MINUTES,
  );
});

it(
  'a file that is not a recording made by capture is refused in one line by every command that plays one',
  async () => {
    writeFileSync(at('foreign.gz'), 'PK');
    for (const command of ['serve', 'metrics', 'explain']) {
      const { code, stderr } = await runProgram([command, ...replay('foreign.gz')]);
      expect({ code, stderr }).toEqual({
        code: 64,
        stderr: expect.stringMatching(/^hyperv-sriov-exporter: .*foreign\.gz: is not a whole gzip file .*\n$/),
      });
    }
  },
  MINUTES,
);

describeWith(['pwsh'], 'a capture through the PowerShell engine', () => {
  it(
    'plays back as the host that it was made of',
    async () => {
      const started = Date.now();
      const world = makeWorld(1, 'guest-driver-missing', started - 300_000)(started);
      const powershell = ['--powershell.executable', stubPowerShell(folder, worldToObjects(world, true))];
      const made = await runProgram(['capture', at('engine.gz'), ...powershell, '--polls', '1']);
      expect(made).toMatchObject({ code: 0, stderr: '' });
      const [recorded, host] = await Promise.all([
        runProgram(['explain', ...replay('engine.gz')]),
        runProgram(['explain', '--source', 'demo', '--demo.scenario', 'guest-driver-missing']),
      ]);
      expect(recorded).toMatchObject({ code: 2, stderr: '' });
      expect(recorded.stdout).toContain('guest_vf_driver_inactive');
      expect(counted(host.stdout)).toBeDefined();
      expect(counted(recorded.stdout)).toBe(counted(host.stdout));
      expect(recorded.stdout).not.toContain(world.vms[0]!.name);
    },
    MINUTES,
  );
});
