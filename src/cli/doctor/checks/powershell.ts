import { errorText } from '../../../errors.ts';
import { noHyperV } from '../../fatal.ts';
import { type Check, failed, ok, skipped } from '../check.ts';

/** Whether PowerShell starts and says something. */
export const powershell: Check = {
  id: 'powershell',
  title: 'PowerShell',
  needs: ['configuration'],
  async run(inspection) {
    const { config } = inspection;
    if (config.source !== 'powershell')
      return skipped(`not used with --source ${config.source}: PowerShell and Hyper-V are not checked`);
    if (inspection.context.platform !== 'win32' && config.powershell.executable === undefined)
      return failed(noHyperV().message, 'run this on a Hyper-V host');
    try {
      // A program that does not answer is not PowerShell: `about` says what it printed instead.
      if ((await inspection.language()) === undefined) await inspection.about();
      return ok(`${inspection.shell.executable} starts`);
    } catch (error) {
      return failed(
        errorText(error),
        'Windows PowerShell 5.1 is C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
      );
    }
  },
};
