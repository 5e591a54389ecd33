import { Argument, Command } from 'commander';
import { type CommandContext, DEFAULT_COMMAND, PROGRAM } from './context.ts';
import { bashCompletion } from './completion/bash.ts';
import { completed } from './completion/model.ts';
import { powerShellCompletion } from './completion/powershell.ts';
import { withOutput } from './output.ts';

const SHELLS = { bash: bashCompletion, powershell: powerShellCompletion };

/** `completion SHELL`: prints a script that completes commands, options and their values. */
export function completionCommand(context: CommandContext): Command {
  const command = withOutput(
    new Command('completion')
      .description('Print a script that completes commands, options and values in a shell.')
      .addArgument(new Argument('<shell>', 'The shell').choices(Object.keys(SHELLS))),
  );
  command.addHelpText(
    'after',
    `
bash:        source <(${PROGRAM} completion bash)
PowerShell:  ${PROGRAM} completion powershell | Out-String | Invoke-Expression
             In $PROFILE, it applies to every new session.`,
  );
  command.action(async (shell: keyof typeof SHELLS) => {
    context.out(SHELLS[shell](completed(await context.commands(), DEFAULT_COMMAND), PROGRAM));
  });
  return command;
}
