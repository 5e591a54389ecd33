import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { rulesYaml, rulesYamlAsOne } from '../alerting/rules-yaml.ts';
import { readThresholds } from '../alerting/thresholds-file.ts';
import { errorText, OperationalError } from '../errors.ts';
import type { CommandContext } from './context.ts';
import { withOutput } from './output.ts';
import { visible } from '../report/visible.ts';

/**
 * `alerts`: writes the rules for Prometheus with the thresholds of the user, to standard output as one file or into a
 * folder.
 */
export function alertsCommand(context: CommandContext): Command {
  const command = new Command('alerts')
    .description('Write the alert rules for Prometheus with your thresholds.')
    .option(
      '--config <file>',
      'File with your thresholds (YAML). alerts/thresholds.yaml lists each threshold with its default.',
    )
    .option('--out <folder>', 'Folder to write the rule files to, instead of printing them as one file.');
  withOutput(command).action(() => {
    const { config, out } = command.opts<{ config?: string; out?: string }>();
    const thresholds = readThresholds(config);
    if (out === undefined) {
      context.out(rulesYamlAsOne(thresholds));
      return;
    }
    const files = rulesYaml(thresholds);
    try {
      if (!existsSync(out)) mkdirSync(out);
      for (const [name, content] of files) writeFileSync(join(out, name), content);
    } catch (error) {
      throw new OperationalError('rules_not_written', `the rule files could not be written: ${errorText(error)}`, {
        cause: error,
      });
    }
    context.out([...files.keys()].map((name) => `${visible(join(out, name))}\n`).join(''));
  });
  return command;
}
