import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Dashboard, kubernetesManifests, type KubernetesOptions } from '../alerting/kubernetes.ts';
import { rulesYaml, rulesYamlAsOne } from '../alerting/rules-yaml.ts';
import { readThresholds } from '../alerting/thresholds-file.ts';
import { errorText, OperationalError } from '../errors.ts';
import { visible } from '../text/visible.ts';
import { shipped } from '../shipped.ts';
import type { CommandContext } from './context.ts';
import { withOutput } from './output.ts';

interface Flags {
  readonly config?: string;
  readonly out?: string;
  readonly kubernetes?: true;
  readonly namespace?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly target?: readonly string[];
  readonly cluster?: string;
}

/**
 * `alerts`: writes the rules for Prometheus with the thresholds of the user, to standard output as one file or into a
 * folder. With --kubernetes it writes manifests of the rules, of a scrape configuration and of the dashboards.
 */
export function alertsCommand(context: CommandContext): Command {
  const command = new Command('alerts')
    .description('Write the alert rules for Prometheus with your thresholds.')
    .option(
      '--config <file>',
      'File with your thresholds (YAML). alerts/thresholds.yaml lists each threshold with its default.',
    )
    .option('--out <folder>', 'Folder to write the files to, instead of printing them as one file.')
    .option(
      '--kubernetes',
      'Write manifests instead: a PrometheusRule, a ScrapeConfig, and a ConfigMap for each dashboard.',
    )
    .addOption(ofManifests('--namespace <name>', 'namespace of the manifests.').argParser(kubernetesName))
    .addOption(
      ofManifests(
        '--label <key=value...>',
        'labels by which the operator selects rules, such as release=monitoring.',
      ).argParser(kubernetesLabel),
    )
    .addOption(ofManifests('--target <host:port...>', 'exporters to scrape; no ScrapeConfig without one.'))
    .addOption(ofManifests('--cluster <name>', 'label cluster of these targets.'));
  withOutput(command).action(() => {
    const { config, out, kubernetes, label, target, ...others } = command.opts<Flags>();
    const thresholds = readThresholds(config);
    const options: KubernetesOptions = {
      ...others,
      ...(label && { labels: label }),
      ...(target && { targets: target }),
    };
    const files = kubernetes ? kubernetesManifests(thresholds, shippedDashboards(), options) : rulesYaml(thresholds);
    if (out === undefined) context.outData(kubernetes ? [...files.values()].join('---\n') : rulesYamlAsOne(thresholds));
    else
      context.out(
        written(files, out)
          .map((path) => `${visible(path)}\n`)
          .join(''),
      );
  });
  return command;
}

/** A flag that only manifests have: it asks for them. */
const ofManifests = (flags: string, text: string): Option =>
  new Option(flags, `With --kubernetes: ${text}`).implies({ kubernetes: true });

/** Writes files into a folder, which is made if need be, and gives their paths. @throws OperationalError */
function written(files: ReadonlyMap<string, string>, folder: string): readonly string[] {
  try {
    if (!existsSync(folder)) mkdirSync(folder);
    for (const [name, content] of files) writeFileSync(join(folder, name), content);
  } catch (error) {
    throw new OperationalError('rules_not_written', `the files could not be written: ${errorText(error)}`, {
      cause: error,
    });
  }
  return [...files.keys()].map((name) => join(folder, name));
}

/** The dashboards that are installed with the program. @throws OperationalError if the installation lacks them */
function shippedDashboards(): readonly Dashboard[] {
  const folder = shipped('../dashboards/');
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => ({ uid: name.replace('.json', ''), json: readFileSync(new URL(name, folder), 'utf8') }));
  } catch (error) {
    throw new OperationalError(
      'dashboards_not_found',
      `the dashboards that are installed with the exporter could not be read: ${errorText(error)}`,
      { cause: error },
    );
  }
}

/** A DNS label (RFC 1123), as namespaces are named. */
function kubernetesName(given: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(given)) return given;
  throw new InvalidArgumentError('must be lower-case letters, digits and hyphens, at most 63.');
}

function kubernetesLabel(given: string, former: Flags['label']): Flags['label'] {
  const [, key, value] =
    /^((?:[a-z0-9.-]{1,253}\/)?[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)=([A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/.exec(
      given,
    ) ?? [];
  if (key === undefined) throw new InvalidArgumentError('must be key=value, as labels of Kubernetes are.');
  return { ...former, [key]: value ?? '' };
}
