import { errorText, OperationalError } from '../../../errors.ts';
import { type Check, failed, ok } from '../check.ts';

const REMEDIES: Readonly<Record<string, string>> = {
  constrained_language:
    'allow the module files in the application control policy: docs/windows.md, "Application control"',
  module_blocked: 'Unblock-File the modules, or sign them: docs/windows.md',
  module_version_mismatch: 'install the whole package, not single files',
  protocol_mismatch: 'install the whole package, not single files',
};

/** The session with a target: what a collector logs where there is none. */
export const targetModule: Check = {
  id: 'module',
  title: 'Connection to the host',
  needs: ['configuration'],
  async run(inspection) {
    try {
      await inspection.connect();
      return ok('the host answers');
    } catch (error) {
      const code = error instanceof OperationalError ? `${error.code}: ` : '';
      return failed(`${code}${errorText(error)}`, 'docs/fleet.md, "Errors"');
    }
  },
};

/** The session's own way of starting: what it says here is what the service would log. */
export const agentModule: Check = {
  id: 'module',
  title: "The agent's module HyperVSriov",
  needs: ['language_mode', 'execution_policy'],
  async run(inspection) {
    try {
      await inspection.connect();
      return ok(`loads, version ${inspection.context.version}`);
    } catch (error) {
      const code = error instanceof OperationalError ? error.code : '';
      return failed(
        errorText(error),
        REMEDIES[code] ?? 'unpack the package again: the modules are in dist/collect/powershell',
      );
    }
  },
};
