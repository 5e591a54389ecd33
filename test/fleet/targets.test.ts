import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type ConfigError, loadConfig } from '../../src/config/load.ts';
import { createGate } from '../../src/fleet/gate.ts';
import { hashmod } from '../../src/fleet/shard.ts';
import { allTargets, shardTargets } from '../../src/fleet/targets.ts';

const folder = mkdtempSync(join(tmpdir(), 'targets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const targetsOf = (text: string, read = allTargets) => {
  const file = write('config.yaml', text);
  return read(loadConfig({ flags: new Map([['config.file', file]]), environment: {} }).config, file, process.platform);
};
const faultsOf = (text: string): readonly string[] => {
  try {
    targetsOf(text, shardTargets);
  } catch (error) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- anything else fails the test by its shape
    return (error as ConfigError).faults.map((line) => line.replaceAll(folder + sep, ''));
  }
  return [];
};

/** A full path of this platform, which is no file */
const FULL = process.platform === 'win32' ? 'C:\\k' : '/k';

const HEAD = `source: targets
targets:
  defaults: { user: hvsriov, key_file: id, known_hosts_file: known_hosts, jump: { address: jump.example.net } }
`;

describe('targets', () => {
  it('take what they do not set from the defaults; paths start at the folder of the file', () => {
    const [one, two] = targetsOf(`${HEAD}  list:
    - { name: hv01, address: hv01.example.net, labels: { cluster: a } }
    - { name: hv02, user: other, port: 2222, key_file: ${FULL} }
`);
    expect(one).toEqual({
      name: 'hv01',
      labels: { cluster: 'a' },
      from: {
        kind: 'ssh',
        ssh: {
          name: 'hv01',
          address: 'hv01.example.net',
          port: 22,
          user: 'hvsriov',
          keyFile: join(folder, 'id'),
          agent: undefined,
          knownHostsFiles: [join(folder, 'known_hosts')],
          jump: { address: 'jump.example.net', port: 22, user: 'hvsriov' },
        },
      },
    });
    expect(two).toMatchObject({
      name: 'hv02',
      labels: {},
      from: { ssh: { address: 'hv02', port: 2222, user: 'other' } },
    });
    expect(two).toMatchObject({ from: { ssh: { keyFile: FULL } } });
  });

  it('come from files too, each with defaults of its own', () => {
    write('b.yaml', 'defaults: { user: b, key_file: b, known_hosts_file: b }\nlist: [{ name: hv11 }]\n');
    write('a.yaml', `defaults: { user: a, key_file: ${FULL}, known_hosts_file: ${FULL} }\nlist: [{ name: hv12 }]\n`);
    write('other.yml', 'list: [{ name: never }]\n');
    const targets = targetsOf('source: targets\ntargets: { files: ["[ac]?yaml", "nowhere/*.yaml", "*b.yaml"] }\n');
    expect(targets.map(({ name, from }) => [name, from.kind === 'ssh' ? from.ssh.user : undefined])).toEqual([
      ['hv12', 'a'],
      ['hv11', 'b'],
    ]);
    expect(targets[1]).toMatchObject({ from: { ssh: { keyFile: join(folder, 'b') } } });
  });

  it('are refused with file and line for each fault of each file', () => {
    write('bad.yaml', 'list:\n  - { name: hv01, addres: x }\n');
    write(
      'worse.yaml',
      `list:\n  - { name: hv02, user: u, key_file: ${FULL}, known_hosts_file: ${FULL}, labels: { path: x } }\n`,
    );
    expect(
      faultsOf(`${HEAD}  files: [bad.yaml, worse.yaml, missing.yaml]
  list:
    - { name: HV_01 }
    - name: hv02
      address: '127.1'
      labels: { instance: x, __a: y }
    - { name: hv02 }
`),
    ).toEqual([
      'config.yaml:6: targets.list.0.name: "HV_01" is not a valid name: 1 to 63 of a-z, 0-9, dot and hyphen, a letter or digit at both ends',
      'config.yaml:6: targets.list.0.address: "HV_01" is neither a host name nor an IP address in full',
      'config.yaml:8: targets.list.1.address: "127.1" is neither a host name nor an IP address in full',
      'config.yaml:9: targets.list.1.labels.instance: is a label that the collector or Prometheus sets',
      'config.yaml:9: targets.list.1.labels.__a: is a label that the collector or Prometheus sets',
      'config.yaml:10: targets.list.2.name: is the name of another target',
      'bad.yaml:2: list.0.addres: is not a known setting (did you mean address?)',
      'worse.yaml:2: list.0.name: is the name of another target',
      'worse.yaml:2: list.0.labels.path: is a label that the collector or Prometheus sets',
      expect.stringMatching(/^missing\.yaml: .*cannot be read/),
    ]);
  });

  it('are the seeds of clusters, too, whose addresses have the pattern of the cluster', () => {
    const targets = targetsOf(`${HEAD}  list: [{ name: hv11, address: 192.0.2.1, labels: { cluster: b } }]
  clusters:
    - { name: b, seeds: [hv11.example.net, hv12.example.net], address: "{node}.example.net", labels: { site: x } }
`);
    expect(
      targets.map(({ name, labels, seedOf, from }) => [
        name,
        labels,
        seedOf,
        from.kind === 'ssh' ? [from.ssh.address, from.ssh.user] : undefined,
      ]),
    ).toEqual([
      ['hv11', { cluster: 'b' }, 'b', ['192.0.2.1', 'hvsriov']],
      ['hv12', { cluster: 'b', site: 'x' }, 'b', ['hv12.example.net', 'hvsriov']],
    ]);
    expect(
      faultsOf(`${HEAD}  clusters:
    - { name: b, seeds: [hv11.example.org, HV12.example.net], address: "{node}.example.net" }
    - { name: b, seeds: [hv13.-x], address: "{node}.-x" }
`),
    ).toEqual([
      'config.yaml:5: targets.clusters.0.seeds.0: "hv11.example.org" is not the address of a node, which is {node}.example.net with a name in lower case',
      'config.yaml:5: targets.clusters.0.seeds.1: "HV12.example.net" is not the address of a node, which is {node}.example.net with a name in lower case',
      'config.yaml:6: targets.clusters.1.name: is the name of another cluster',
      'config.yaml:6: targets.clusters.1.address: "hv13.-x" is neither a host name nor an IP address in full',
    ]);
  });

  it('are agents with `via: http`: a URL with the name in it, credentials as files', () => {
    const [target] = targetsOf(`source: targets
targets:
  defaults: { via: http, url: "https://{name}.example.net:10182", basic_auth: { username: u, password_file: pw }, tls: { ca_file: ca.crt } }
  list: [{ name: hv01 }]
`);
    expect(target?.from).toEqual({
      kind: 'http',
      http: {
        name: 'hv01',
        url: 'https://hv01.example.net:10182',
        basic_auth: { username: 'u', password_file: join(folder, 'pw') },
        tls: { ca_file: join(folder, 'ca.crt') },
      },
    });
    expect(
      faultsOf(`source: targets
targets:
  list:
    - { name: hv01, via: http }
    - { name: hv02, via: http, url: "http://x", address: x }
    - { name: hv03, via: http, url: "http://x", basic_auth: { username: u, password: secret } }
`),
    ).toEqual([
      expect.stringMatching(/^config\.yaml:6: targets\.list\.2\.basic_auth/),
      expect.stringMatching(/^config\.yaml:6: targets\.list\.2\.basic_auth/),
    ]);
    expect(
      faultsOf(`source: targets
targets:
  list:
    - { name: hv01, via: http }
    - { name: hv02, via: http, url: "http://x", address: x }
`),
    ).toEqual([
      'config.yaml:4: targets.list.0.url: "" is no http:// or https:// URL',
      'config.yaml:5: targets.list.1.address: is for SSH: an agent is read at its url',
    ]);
  });

  it('need a key and known hosts', () => {
    expect(faultsOf('source: targets\ntargets: { list: [{ name: hv01, user: u }] }\n')).toEqual([
      'config.yaml:2: targets.list.0: neither a key file nor an agent: passwords are not used',
      'config.yaml:2: targets.list.0.known_hosts_file: no known_hosts file: host keys are always checked',
    ]);
  });

  it('are shared by shards, each read once', () => {
    const list = Array.from({ length: 200 }, (_, index) => `{ name: hv${index} }`).join(', ');
    const shards = [0, 1, 2].map((index) =>
      targetsOf(`${HEAD}  list: [${list}]\nfleet: { shard: ${index}/3 }\n`, shardTargets).map(({ name }) => name),
    );
    expect(shards.flat().toSorted()).toEqual(Array.from({ length: 200 }, (_, index) => `hv${index}`).toSorted());
    expect(Math.min(...shards.map(({ length }) => length))).toBeGreaterThan(40);
  });

  it('are at most a thousand in one process', () => {
    const list = Array.from({ length: 1001 }, (_, index) => `{ name: hv${index} }`).join(', ');
    expect(faultsOf(`${HEAD}  list: [${list}]\n`)).toEqual([
      'fleet.shard: 1001 targets are more than the 1000 that one collector reads: run several with fleet.shard 0/N to N-1/N',
    ]);
    expect(faultsOf(`${HEAD}  list: [${list}]\nfleet: { shard: 1/2 }\n`)).toEqual([]);
  });

  it('of a demo fleet are clusters of four', () => {
    const targets = targetsOf('source: demo\ndemo: { hosts: 6 }\n');
    expect(targets.map(({ name, labels }) => `${name} ${labels['cluster']}`)).toEqual([
      'hv01 demo-1',
      'hv02 demo-1',
      'hv03 demo-1',
      'hv04 demo-1',
      'hv05 demo-2',
      'hv06 demo-2',
    ]);
  });
});

// The value that Prometheus' own test of the action expects (model/relabel/relabel_test.go).
it('hashmod is that of Prometheus', () => expect(hashmod('baz', 1000)).toBe(976));

describe('the gate', () => {
  it('lets a number of works run, the others in their order, also after a failure', async () => {
    const gate = createGate(2);
    const ended: (() => void)[] = [];
    const started: number[] = [];
    const work = (id: number) =>
      gate.run(async () => {
        started.push(id);
        await new Promise<void>((resolve) => ended.push(resolve));
        if (id === 1) throw new Error('failed');
        return id;
      });
    const works = [0, 1, 2, 3].map(work);
    const first = expect(works[1]).rejects.toThrow('failed');
    expect([started, gate.waiting()]).toEqual([[0, 1], 2]);
    ended[1]?.();
    await first;
    expect([started, gate.waiting()]).toEqual([[0, 1, 2], 1]);
    ended[0]?.();
    expect(await works[0]).toBe(0);
    const late = work(4);
    expect([started, gate.waiting()]).toEqual([[0, 1, 2, 3], 1]);
    for (const end of ended) end();
    await works[2];
    await works[3];
    ended.at(-1)?.();
    for (const end of ended) end();
    expect(await late).toBe(4);
    expect(gate.waiting()).toBe(0);
  });
});
