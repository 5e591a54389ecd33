import { Command } from 'commander';
import { openEndpoint } from '../alerting/notify/endpoint.ts';
import { readThresholds } from '../alerting/thresholds-file.ts';
import { keyFaults } from '../collect/ssh/key-file.ts';
import { type Config } from '../config/schema.ts';
import { printConfig } from '../config/print.ts';
import { OperationalError, UserError } from '../errors.ts';
import { readWebConfig } from '../http/web-config/load.ts';
import { isFleet, shardTargets, sshTargets } from '../fleet/targets.ts';
import type { CommandContext } from './context.ts';
import { withOutput } from './output.ts';
import { configOf, withSettingsOrService } from './settings.ts';

/** Reads the files that the configuration names. @throws UserError that lists the faults of all files */
async function checkNamedFiles({ web, alerting }: Config): Promise<void> {
  const faults: string[] = [];
  const check = (read: () => unknown): void => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof UserError || error instanceof OperationalError)) throw error;
      faults.push(error.message);
    }
  };
  const webFile = web.config.file;
  if (webFile !== undefined) {
    const { result } = await readWebConfig(webFile);
    if (result instanceof UserError) faults.push(result.message);
  }
  check(() => readThresholds(alerting.thresholds_file));
  for (const target of [...alerting.alertmanagers, ...(alerting.webhook === undefined ? [] : [alerting.webhook])])
    check(() => openEndpoint(target));
  if (faults.length > 0) throw new UserError(faults.join('\n'));
}

/** `config check`, `config print` */
export function configCommand(context: CommandContext): Command {
  const config = new Command('config').description('Check or print the configuration.');
  const check = withSettingsOrService(
    new Command('check').description(
      'Print every fault of the configuration and of the files that it names, with file and line.',
    ),
  );
  check.action(async () => {
    const loaded = configOf(check, context);
    await checkNamedFiles(loaded.config);
    if (isFleet(loaded.config)) {
      const faults = keyFaults(sshTargets(shardTargets(loaded.config, loaded.file, context.platform)));
      if (faults.length > 0) throw new UserError(faults.join('\n'));
    }
    context.out(`${loaded.file === undefined ? '' : `${loaded.file}: `}configuration is valid\n`);
  });
  const print = withOutput(
    withSettingsOrService(new Command('print').description('Print the configuration in force, secrets hidden.')),
  );
  print.action(() => context.out(printConfig(configOf(print, context))));
  return config.addCommand(check).addCommand(print);
}
