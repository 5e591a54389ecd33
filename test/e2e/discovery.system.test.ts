import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { windows } from '../../src/document/enumerations.ts';
import { processesWith } from '../support/processes.ts';
import { runCliIn } from '../support/run-cli.ts';
import { type Exporter, startExporter } from '../support/servers/exporter.ts';
import { prepareSshd, type Sshd } from '../support/servers/sshd.ts';
import { until } from '../support/servers/until.ts';
import { describeWith } from '../support/tools.ts';
import { shellWord } from '../../src/text/shell.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** Nodes of one cluster; the address of a node is 127.0.0.{node}. */
const SEED = '11';
const KNOWN = '12';
const UNKNOWN = '13';
const NODES = [SEED, KNOWN, UNKNOWN] as const;
/** No target: `only` does not match it */
const OTHER = '99';
const FAKE = join(import.meta.dirname, '../support/fake-shell.mjs');
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  version: string;
};
const { Up } = windows.ClusterNodeState;
const MAIN = join(import.meta.dirname, '../../dist/main.js');
/** The program is not on the PATH here, so that its commands name its files. */
const PROGRAM = [process.execPath, MAIN].map((word) => shellWord(word, process.platform)).join(' ');
const commandFor = (node: string, file: string): string =>
  `${PROGRAM} fleet trust ${node} --config.file ${shellWord(file, process.platform)}`;
/** The commands of the program in what it has printed: on a page, in JSON, in a log or on a terminal. */
function commandsIn(output: string): readonly string[] {
  const plain = output.replaceAll('&#39;', "'").replaceAll('\\\\', '\\');
  const [, ...found] = plain.split(`${PROGRAM} `);
  return [...new Set(found.map((rest) => `${PROGRAM} ${rest.split(/[`<"\n]/)[0]?.trimEnd()}`))];
}

/*
 * The built program finds the nodes of a cluster through a seed, over real OpenSSH servers. Behind the forced command
 * stands a program that answers with the frames of a served session; collector-over-ssh.system.test.ts has the module.
 */
describeWith(['ssh', 'sshd', 'ssh-keygen'], 'a collector that finds the nodes of a cluster', () => {
  let root: string;
  let config: string;
  let knownHosts: string;
  const servers = new Map<string, Sshd>();
  let exporter: Exporter;

  const folderOf = (node: string): string => join(root, node);
  const sessionsOf = (node: string): readonly number[] => processesWith(`REMOTE=${folderOf(node)}`);
  const why = (): string => exporter.log().slice(-4000);
  const text = async (path: string): Promise<string> => (await fetch(`${exporter.url}${path}`)).text();
  const cli = (...words: readonly string[]) =>
    runCliIn({ PATH: process.env['PATH'] ?? '' }, [...words, '--config.file', config]);
  async function targets(): Promise<readonly string[]> {
    const groups = JSON.parse(await text('/api/v1/targets')) as { labels: { instance: string; cluster: string } }[];
    return groups.map(({ labels }) => `${labels.instance} ${labels.cluster}`).toSorted();
  }
  async function fleet() {
    return JSON.parse(await text('/api/v1/fleet')) as {
      targets: { name: string; state: string }[];
      found: { name: string; state?: string; command: string }[];
    };
  }
  const stateOf = async (node: string) => (await fleet()).targets.find(({ name }) => name === node)?.state;
  const listed = async () => JSON.parse((await cli('fleet', 'list', '--json')).out) as { targets: { name: string }[] };
  /** What a command prints in a shell that has nothing of the collector's environment, whatever its exit code */
  const paste = (command: string) =>
    spawnSync('sh', ['-c', command], { env: { PATH: process.env['PATH'] ?? '' }, encoding: 'utf8' }).stdout;

  /** What a node answers: an inventory without VMs, and the nodes of its cluster, the own one first. */
  function serve(node: string, nodes: readonly string[]): void {
    const folder = folderOf(node);
    const rows = nodes.map((name) => ({ name: name === node ? name.toUpperCase() : name, state: Up }));
    writeFileSync(
      join(folder, 'documents.mjs'),
      `const rows = ${JSON.stringify(rows)};
export function documentOf(part) {
  const takenAt = Date.now();
  const sources = part === 'cluster' ? { cluster_node: { status: 'ok', takenAt, rows, errors: [] } } : {};
  return { schema: 1, part, takenAt, sources };
}
`,
    );
    const script = join(folder, 'serve');
    const environment = [
      `REMOTE='${folder}'`,
      `FAKE_MODULE_VERSION='${version}'`,
      `FAKE_DOCUMENTS='${join(folder, 'documents.mjs')}'`,
    ].join(' ');
    writeFileSync(script, `#!/bin/sh\n${environment} exec '${process.execPath}' '${FAKE}' -File session.ps1\n`);
    chmodSync(script, 0o755);
    servers.get(node)?.authorize(`'${script}'`);
  }

  const start = (): Promise<Exporter> => startExporter(['--config.file', config]);

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'discovery '));
    for (const node of NODES) {
      mkdirSync(folderOf(node));
      const first = servers.get(SEED);
      const shared = first && { port: first.port, clientKey: first.target.keyFile ?? '' };
      const server = await prepareSshd(folderOf(node), { address: `127.0.0.${node}`, ...shared });
      servers.set(node, server);
      serve(node, [node, ...NODES.filter((each) => each !== node), OTHER]);
      await server.start();
    }
    const { target } = servers.get(SEED)!;
    knownHosts = join(root, 'known_hosts');
    const lines = [SEED, KNOWN].map((node) => readFileSync(servers.get(node)!.target.knownHostsFiles[0]!, 'utf8'));
    writeFileSync(knownHosts, lines.join(''));
    config = join(root, 'config.yaml');
    writeFileSync(
      config,
      stringify({
        source: 'targets',
        targets: {
          defaults: { user: target.user, port: target.port, key_file: target.keyFile, known_hosts_file: knownHosts },
          clusters: [{ name: 'b', seeds: [target.address], address: '127.0.0.{node}', only: '1?' }],
        },
        poll: { inventory: { interval: '10s' }, cluster: { interval: '10s' } },
        storage: { path: join(root, 'state') },
      }),
    );
    exporter = await start();
  });
  afterAll(async () => {
    await exporter?.stop();
    await Promise.all([...servers.values()].map((server) => server.stop()));
    await until('no session is left', () => NODES.every((node) => sessionsOf(node).length === 0));
    rmSync(root, { recursive: true });
  });

  it('reads a node whose key is known, and shows one whose key is not as found, with the line to add', async () => {
    await until('the known node is read', async () => (await stateOf(KNOWN)) === 'up', { why });
    expect(await targets()).toEqual([`${SEED} b`, `${KNOWN} b`]);
    expect(await text(`/probe?target=${KNOWN}`)).toMatch(
      /^hyperv_exporter_collector_success\{collector="inventory"\} 1$/m,
    );
    const command = commandFor(UNKNOWN, config);
    expect((await fleet()).found).toEqual([expect.objectContaining({ name: UNKNOWN, state: 'up', command })]);
    const page = await text('/');
    expect(page).toContain('Found, not trusted');
    expect(page).toContain(`<code>${command.replaceAll("'", '&#39;')}</code>`);
    expect(page).not.toContain(`href="/host?target=${UNKNOWN}"`);
    expect((await fetch(`${exporter.url}/probe?target=${UNKNOWN}`)).status).toBe(404);
    const { port, user } = servers.get(SEED)!.target;
    const known = (node: string) => ({
      name: node,
      address: `${user}@127.0.0.${node}:${port}`,
      shard: '0/1',
      labels: { cluster: 'b' },
    });
    expect((await listed()).targets).toEqual([
      { ...known(SEED), found: false },
      { ...known(KNOWN), found: true },
      { ...known(UNKNOWN), found: true, trustCommand: expect.stringContaining(` fleet trust ${UNKNOWN} `) },
    ]);
    const lines = (await cli('fleet', 'list')).out.trimEnd().split('\n');
    expect(lines[0]?.split(/\s+/)).toEqual(['HOST', 'ADDRESS', 'SHARD', 'LABELS', 'FOUND']);
    expect(lines[1]?.split(/\s+/)).toEqual([SEED, `${user}@127.0.0.${SEED}:${port}`, '0/1', 'cluster=b']);
    expect(lines[3]).toMatch(/ cluster=b +not trusted: \S/);
    // Nobody has connected to it.
    expect(servers.get(UNKNOWN)!.log()).not.toContain('Accepted publickey');
  });

  it('prints commands that work when they are pasted into a shell', async () => {
    // The same node as a listed target, in a file whose path a shell would take apart. Its source is given by a flag.
    const folder = join(root, "it's a $HOME");
    mkdirSync(folder);
    const other = join(folder, 'config.yaml');
    const { target } = servers.get(SEED)!;
    const [address, missing] = [`127.0.0.${UNKNOWN}`, join(folder, 'missing')];
    const defaults = { user: target.user, port: target.port, key_file: target.keyFile, known_hosts_file: knownHosts };
    const list = [{ name: 'listed', address }];
    writeFileSync(other, stringify({ targets: { defaults, list } }));
    const source = ['--source', 'targets'];
    const collector = await startExporter(['--config.file', other, ...source]);
    const printed = new Map<string, string>([['page of found nodes', await text('/')]]);
    try {
      await until('the listed target has failed', async () => {
        const answer = await (await fetch(`${collector.url}/api/v1/fleet`)).text();
        printed.set('API', answer);
        return answer.includes('host_key_unknown');
      });
      printed.set('overview', await (await fetch(`${collector.url}/`)).text());
      printed.set('log', collector.log());
    } finally {
      await collector.stop();
    }
    const run = (...words: readonly string[]) => {
      const { stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8' });
      return stdout + stderr;
    };
    printed.set('fleet list', run('fleet', 'list', '--config.file', config));
    printed.set('fleet check', run('fleet', 'check', '--config.file', other, ...source));
    writeFileSync(
      join(folder, 'no-keys.yaml'),
      stringify({ source: 'targets', targets: { defaults: { ...defaults, known_hosts_file: missing }, list } }),
    );
    printed.set('config check', run('config', 'check', '--config.file', join(folder, 'no-keys.yaml')));
    const fingerprint = paste(`ssh-keygen -lf '${servers.get(UNKNOWN)!.file('host key')}.pub'`).split(' ')[1] ?? '';
    expect(fingerprint).toMatch(/^SHA256:/);
    for (const [where, output] of printed) {
      const commands = commandsIn(output);
      expect(commands.length, where).toBeGreaterThan(0);
      for (const command of commands) expect(paste(command), `${where}: ${command}`).toContain(`  ${fingerprint} `);
    }
  });

  it('reads it once the line that fleet trust prints is added, without a reload', async () => {
    const { out } = await cli('fleet', 'trust', UNKNOWN);
    const server = servers.get(UNKNOWN)!;
    const line = `[127.0.0.${UNKNOWN}]:${server.port} ${server.publicKey(server.file('host key'))}`;
    expect(out.trimEnd().split('\n')).toContain(line);
    expect(out).toContain(`If they are equal, add to ${knownHosts}:`);
    const others = [SEED, KNOWN].map((node) => sessionsOf(node));
    appendFileSync(knownHosts, `${line}\n`);
    await until('the node is read', async () => (await stateOf(UNKNOWN)) === 'up', { why });
    expect(await targets()).toEqual(NODES.map((node) => `${node} b`));
    expect((await fleet()).found).toEqual([]);
    expect(await text('/')).not.toContain('Found, not trusted');
    expect((await listed()).targets[2]).toEqual(expect.objectContaining({ found: true }));
    expect((await listed()).targets[2]).not.toHaveProperty('trustCommand');
    // The sessions of the others live on.
    expect([SEED, KNOWN].map((node) => sessionsOf(node))).toEqual(others);
  });

  it('keeps the nodes while the seed is stopped, and finds them again after a restart of its own', async () => {
    await servers.get(SEED)!.stop();
    for (const pid of sessionsOf(SEED)) process.kill(pid, 'SIGKILL');
    await until('the seed is down', async () => (await stateOf(SEED)) === 'down', { why });
    const stands = async () => {
      expect(await targets()).toEqual(NODES.map((node) => `${node} b`));
      expect(await Promise.all([KNOWN, UNKNOWN].map(stateOf))).toEqual(['up', 'up']);
      expect((await listed()).targets).toHaveLength(NODES.length);
    };
    await stands();
    await exporter.stop();
    exporter = await start();
    await until('both nodes are read', async () =>
      (await Promise.all([KNOWN, UNKNOWN].map(stateOf))).every((state) => state === 'up'),
    );
    expect(await stateOf(SEED)).not.toBe('up');
    await stands();
  });

  it('keeps a node that has left the cluster', async () => {
    serve(SEED, [SEED, KNOWN, OTHER]);
    await servers.get(SEED)!.start();
    await until('the seed is read', async () => (await stateOf(SEED)) === 'up', { why });
    await until(
      'the seed has said what its cluster has',
      async () =>
        /^hyperv_exporter_collector_success\{collector="cluster"\} 1$/m.test(await text(`/probe?target=${SEED}`)),
      { why },
    );
    expect(await targets()).toEqual(NODES.map((node) => `${node} b`));
    expect(await stateOf(UNKNOWN)).toBe('up');
  });
});
