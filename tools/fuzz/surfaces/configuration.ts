import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readThresholds } from '../../../src/alerting/thresholds-file.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { printConfig } from '../../../src/config/print.ts';
import { SETTINGS } from '../../../src/config/settings.ts';
import { UserError } from '../../../src/errors.ts';
import { allTargets } from '../../../src/fleet/targets.ts';
import { HOSTILE_TEXTS, mutated, mutateText } from '../mutate.ts';
import { fixtureTexts } from '../seeds.ts';
import { declared, invariant, type Surface } from '../surface.ts';

/** What makes YAML costly or surprising */
const YAML = [
  '\n',
  ': ',
  '- ',
  '  ',
  '\t',
  '&a ',
  '*a',
  '<<: *a\n',
  '&a [*a, *a]',
  '!!binary ',
  '!!set {a, b}',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '|\n',
  '>-\n ',
  '# ',
  '---\n',
  '...\n',
  '? ',
  '~',
  'null',
  'true',
  '.inf',
  '-.nan',
  '0o17',
  '2026-01-01',
  '1_000',
  '9e999',
];

/** A faultless file with every setting that has a default, from the documentation */
const documented = (): readonly string[] =>
  [...readFileSync('docs/configuration.md', 'utf8').matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);

/** Configuration and thresholds files, flags and environment variables. */
export function configuration(folder: string): Surface {
  const seeds = [...fixtureTexts('config', /\.yaml$/), ...documented()];
  const thresholds = [
    'vf_pool_left: 4\nvf_pool_ratio: 0.8\nalerts:\n  SriovVnicFallback: { severity: critical }\n',
    '',
  ];
  const file = join(folder, 'config.yaml');
  const words = [
    ...YAML,
    ...HOSTILE_TEXTS,
    ...SETTINGS.flatMap(({ keys, choices = [] }) => [...keys.map((key) => `${key}: `), ...choices]),
  ];
  const mutate = (text: string, random: Parameters<typeof mutateText>[1]) => mutateText(text, random, words);
  return {
    name: 'configuration',
    make(random) {
      const isThresholds = random.chance(0.2);
      const text = mutated(random.pick(isThresholds ? thresholds : seeds), random, 8, mutate);
      const settings = SETTINGS.filter(({ kind }) => kind !== 'structure');
      const value = () => mutated(random.pick(words), random, 3, mutate);
      const flags = random.chance(0.3) ? [[random.pick(settings).name, value()] as const] : [];
      const environment = random.chance(0.3) ? { [random.pick(settings).environment]: value() } : {};
      const platform = random.pick(['linux', 'win32'] as const);
      return {
        input: { text, flags, environment, platform },
        async check() {
          writeFileSync(file, text);
          if (isThresholds) return (await declared([UserError], () => readThresholds(file))) ? 'accepted' : 'refused';
          const given = new Map<string, string>([['config.file', file], ...flags]);
          const native = platform === process.platform;
          const read = await declared([UserError], () =>
            loadConfig({ flags: native ? given : new Map(flags), environment, platform }),
          );
          if (read === undefined) return 'refused';
          const printed = printConfig(read.result);
          invariant(printed.length < 1024 * 1024, `printed as ${printed.length} characters`);
          return 'accepted';
        },
      };
    },
  };
}

const TARGETS = [
  `defaults: { user: exporter, key_file: /etc/exporter/id, known_hosts_file: /etc/exporter/known_hosts }
list:
  - name: hv01
    address: hv01.example.net
    labels: { cluster: a, rack: "7" }
  - { name: hv02, port: 2222, user: 'DOMAIN\\exporter', jump: { address: jump.example.net, port: 22, user: j } }
`,
  `list:
  - name: hv03
    address: 192.0.2.7
    user: exporter@example.net
    agent: /run/agent.sock
    known_hosts_file: known_hosts
`,
];
const TARGET_WORDS = [
  '-oProxyCommand=fuzz',
  'ssh://fuzz',
  'a@b',
  '127.1',
  '::1',
  'fe80::1%eth0',
  '"',
  '%h',
  '\u0007',
  '/a b',
  'name: ',
  'address: ',
  'user: ',
  'jump: ',
  'port: ',
  'labels: ',
  'instance: ',
  'key_file: ',
];

/** Files with the targets of a collector, through to the arguments of the OpenSSH client. */
export async function targets(folder: string): Promise<Surface> {
  const { jumpConfiguration, sshArguments } = await import('../../../src/collect/ssh/arguments.ts');
  const file = join(folder, 'targets.yaml');
  const { config } = loadConfig({ flags: new Map([['source', 'demo']]), environment: {} });
  const configured = { ...config, source: 'targets' as const, targets: { ...config.targets, files: [file] } };
  const words = [...YAML, ...TARGET_WORDS, ...HOSTILE_TEXTS];
  return {
    name: 'targets',
    make(random) {
      const text = mutated(random.pick(TARGETS), random, 5, (former, by) => mutateText(former, by, words));
      return {
        input: text,
        async check() {
          writeFileSync(file, text);
          const read = await declared([UserError], () => allTargets(configured, undefined, 'linux'));
          if (read === undefined) return 'refused';
          for (const { from } of read.result) {
            if (from.kind !== 'ssh') continue;
            const jump = jumpConfiguration(from.ssh, 'linux');
            const given = sshArguments(from.ssh, 'linux', jump === undefined ? undefined : '/tmp/jump');
            checkArguments(given);
            invariant(
              jump === undefined || !/\p{Cc}/u.test(jump.replaceAll('\n', '')),
              'a control character in a file',
            );
            invariant(
              jump === undefined ||
                jump.split('\n').every((line) => !/^\s*(?:ProxyCommand|LocalCommand|Match)\b(?!=none)/i.test(line)),
              'a command in a file',
            );
          }
          return 'accepted';
        },
      };
    },
  };
}

/** Nothing of a target is an option: what is not ours stands behind its option's name, or is the address after `--`. */
function checkArguments(given: readonly string[]): void {
  const end = given.indexOf('--');
  invariant(end === given.length - 3, 'the address and the command do not follow --');
  const [, address = ''] = given.slice(end);
  invariant(/^[A-Za-z0-9:][A-Za-z0-9.:-]*$/.test(address), `not an address: ${address}`);
  invariant(
    given.every((each) => !/\p{Cc}/u.test(each)),
    'an argument with a control character',
  );
  const user = given[given.indexOf('-l') + 1] ?? '';
  invariant(!user.startsWith('-'), `the user is an option: ${user}`);
  for (const option of given.filter((_, index) => given[index - 1] === '-o'))
    invariant(!/^(?:ProxyCommand|LocalCommand|KnownHostsCommand)=(?!none$)/.test(option), `a command: ${option}`);
}
