import type { Command } from 'commander';
import { useServiceFlags, withSettings } from './settings.ts';

/**
 * Adds the flags of settings and `--service` to a command. With `--service`, the command uses the settings of the
 * installed Windows service. Flags on the command line override those of the service.
 */
export function withSettingsOrService(command: Command): Command {
  withSettings(command).option('--service', 'Use the settings of the Windows service that is installed here.');
  command.hook('preAction', async () => {
    if (command.opts<{ readonly service?: boolean }>().service !== true) return;
    const { installedSettings } = await import('./service-settings.ts');
    useServiceFlags(command, await installedSettings());
  });
  return command;
}
