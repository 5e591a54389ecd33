import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';

/** A recording of test/fixtures/recordings as a capture file, and the flags that play it. */
function recording(name: string): { readonly replay: readonly string[]; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'recording-'));
  const file = join(folder, 'host.json.gz');
  writeFileSync(file, gzipSync(readFileSync(join(import.meta.dirname, '../fixtures/recordings', `${name}.json`))));
  return { replay: ['--source', 'replay', '--replay.file', file], remove: () => rmSync(folder, { recursive: true }) };
}

describe("explain and metrics of a recording with Windows' own numbers of VLAN modes and VM types", () => {
  const { replay, remove } = recording('vlans-and-planned-vm');
  let metrics: string;
  beforeAll(async () => {
    ({ out: metrics } = await runCli('metrics', ...replay, '--labels.ip-addresses'));
  });
  afterAll(remove);

  /** The samples of a metric: value by the given label */
  const samples = (name: string, label: string) =>
    Object.fromEntries(
      [...metrics.matchAll(new RegExp(`^${name}\\{(.*)\\} (\\S+)$`, 'gm'))].map(([, labels = '', value]) => [
        new RegExp(`\\b${label}="([^"]*)"`).exec(labels)?.[1] ?? '',
        name.endsWith('_info') ? (/\bvlan="([^"]*)"/.exec(labels)?.[1] ?? 'none') : value,
      ]),
    );
  const explained = async (vm: string) => {
    const { out } = await runCli('explain', ...replay, '--vm', vm);
    return /^ *\S vnic +(.*)$/m.exec(out)?.[1] ?? out;
  };

  it('gives a vNIC on an access port its VLAN, and no other', () => {
    expect(samples('hyperv_vnic_info', 'vm')).toEqual({
      'access-10': '10',
      'access-20': '20',
      'access-20-too': '20',
      'access-20-same': '20',
      trunk: 'none',
      untagged: 'none',
      private: 'none',
      incoming: '20',
    });
  });

  it.each([
    ['access-10', 'VLAN 10'],
    ['trunk', 'VLAN trunk'],
    ['untagged', 'VLAN untagged'],
    ['private', 'VLAN private'],
  ])('explain says of %s: %s', async (vm, text) => {
    expect((await explained(vm)).split(', ')).toContain(text);
  });

  it('takes one address in two VLANs for no duplicate, and one in the same VLAN for one', async () => {
    expect(metrics).toMatch(/^hyperv_host_duplicate_ip_addresses 1$/m);
    const { out } = await runCli('explain', ...replay, '--labels.ip-addresses', '--json');
    const { vnics } = JSON.parse(out) as {
      readonly vnics: readonly { readonly vm: string; readonly findings: readonly { readonly id: string }[] }[];
    };
    const duplicates = vnics
      .filter(({ findings }) => findings.some(({ id }) => id === 'duplicate_ip'))
      .map(({ vm }) => vm);
    expect(duplicates.sort()).toEqual(['access-20-same', 'access-20-too']);
  });

  it('counts a planned VM nowhere', async () => {
    const running = samples('hyperv_vm_running', 'vm');
    expect(Object.keys(running)).toHaveLength(8);
    expect(
      Object.entries(running)
        .filter(([, value]) => value === '1')
        .map(([vm]) => vm),
    ).not.toContain('incoming');
    // Seven vNICs ask for no VF; that of the planned VM asks for one.
    expect(samples('hyperv_vswitch_vnics', 'path')).toMatchObject({ not_requested: '7', synthetic: '0', unknown: '0' });
    const { code, out } = await runCli('explain', ...replay);
    expect(code).toBe(0);
    expect(out).toMatch(/^8 virtual NICs: 0 on their VF, 0 in fallback, 0 unknown$/m);
  });
});

describe('explain and metrics of a Server 2016 whose Get-VMSwitch has no NetAdapterInterfaceGuid', () => {
  const { replay, remove } = recording('server-2016-set');
  afterAll(remove);

  it('finds the members of the team by their descriptions, and what is wrong with both', async () => {
    const { out, code } = await runCli('explain', ...replay, '--json');
    expect(code).toBe(2);
    const { vnics } = JSON.parse(out) as {
      readonly vnics: readonly { readonly vm?: string; readonly reason?: { readonly id: string } }[];
    };
    expect(vnics.map(({ vm, reason }) => [vm, reason?.id])).toContainEqual(['web', 'nic_sriov_disabled']);
    const { out: metrics } = await runCli('metrics', ...replay);
    const members = metrics
      .split('\n')
      .filter((line) => line.startsWith('hyperv_nic_info{') && line.includes('vswitch="SET"'));
    expect(members.map((line) => /\bnic="([^"]*)"/.exec(line)?.[1])).toEqual([
      'Mellanox ConnectX-4 Lx Ethernet Adapter',
      'Mellanox ConnectX-4 Lx Ethernet Adapter _2',
    ]);
  });

  it("takes the team's own connection for no vNIC", async () => {
    const { out } = await runCli('metrics', ...replay);
    expect([...out.matchAll(/^hyperv_vnic_info\{/gm)]).toHaveLength(2);
    expect(out).not.toMatch(/unmatched_rows_total\{.*source="vm_network_adapter".*\} [1-9]/);
  });
});
