import { Command } from 'commander';
import { keyFaults, knownHostsFaults } from '../collect/ssh/key-file.ts';
import { type Config } from '../config/schema.ts';
import { printConfig } from '../config/print.ts';
import { UserError } from '../errors.ts';
import { readWebConfig } from '../http/web-config/load.ts';
import { isFleet, shardTargets, sshTargets } from '../fleet/targets.ts';
import type { CommandContext } from './context.ts';
import { alertingFileFaults } from './named-files.ts';
import { trustCommand } from './own-command.ts';
import { withOutput } from './output.ts';
import { visible } from '../text/visible.ts';
import { withSettingsOrService } from './settings-or-service.ts';
import { configOf } from './settings.ts';

/** Reads the files that the configuration names. @throws UserError that lists the faults of all files */
async function checkNamedFiles(config: Config): Promise<void> {
  const webFile = config.web.config.file;
  const web = webFile === undefined ? undefined : (await readWebConfig(webFile)).result;
  const faults = [...(web instanceof UserError ? [web.message] : []), ...alertingFileFaults(config)];
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
      const targets = sshTargets(shardTargets(loaded.config, loaded.file, context.platform));
      const faults = [
        ...keyFaults(targets),
        ...knownHostsFaults(targets, (name) => trustCommand(loaded, context, name)),
      ];
      if (faults.length > 0) throw new UserError(faults.join('\n'));
    }
    context.out(`${loaded.file === undefined ? '' : `${visible(loaded.file)}: `}configuration is valid\n`);
  });
  const print = withOutput(
    withSettingsOrService(new Command('print').description('Print the configuration in force, secrets hidden.')),
  );
  print.action(() => context.outData(printConfig(configOf(print, context))));
  return config.addCommand(check).addCommand(print);
}
