import { execFile } from 'node:child_process';
import { win32 } from 'node:path';
import { OperationalError, UserError } from '../errors.ts';
import { quoteArgument } from './command-line.ts';
import { SERVICE_NAME } from './names.ts';

export interface FirewallRule {
  readonly port: number;
  /** Full path of the program that may be connected to */
  readonly program: string;
}

/** The inbound rule of the agent in Windows Firewall. */
export interface Firewall {
  /** Replaces the rule by one for these addresses. */
  admit(rule: FirewallRule, addresses: string): Promise<void>;
  /** Port and program of the rule that is there; its addresses stay. False where there is none. */
  adjust(rule: FirewallRule): Promise<boolean>;
  remove(): Promise<boolean>;
}

/**
 * Addresses as `netsh` takes them: IP addresses, subnets and ranges with commas between them, `localsubnet`, `any`.
 * @throws UserError
 */
export function checkAddresses(addresses: string): string {
  const list = addresses.split(',').map((each) => each.trim());
  const wrong = list.find((each) => !/^(?:any|localsubnet|[0-9a-f.:]+(?:[/-][0-9a-f.:]+)?)$/i.test(each));
  if (wrong !== undefined)
    throw new UserError(`${JSON.stringify(wrong)} is no address: give IP addresses, subnets (192.0.2.0/24) or any`);
  return list.join(',');
}

/** The rule by netsh: it takes no policy of PowerShell's and its words are the same in every language. */
export function netshFirewall(systemRoot: string): Firewall {
  const netsh = win32.join(systemRoot, 'System32', 'netsh.exe');
  const run = (...words: readonly string[]): Promise<{ code: number; output: string }> =>
    new Promise((resolve, reject) => {
      const settings = { windowsHide: true, windowsVerbatimArguments: true, timeout: 60_000 };
      execFile(netsh, ['advfirewall', 'firewall', ...words], settings, (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, output: stdout });
        else if (typeof error.code === 'number') resolve({ code: error.code, output: stdout + stderr });
        else
          reject(
            new OperationalError('netsh_failed', `${netsh} cannot be started: ${error.message}`, { cause: error }),
          );
      });
    });
  const name = `name=${SERVICE_NAME}`;
  const of = ({ port, program }: FirewallRule) => [`localport=${port}`, `program=${quoteArgument(program)}`];
  const remove = async () => (await run('delete', 'rule', name)).code === 0;
  return {
    remove,
    adjust: async (rule) => (await run('set', 'rule', name, 'new', ...of(rule))).code === 0,
    async admit(rule, addresses) {
      await remove();
      const words = [
        'add',
        'rule',
        name,
        'dir=in',
        'action=allow',
        'protocol=TCP',
        `remoteip=${addresses}`,
        ...of(rule),
      ];
      const { code, output } = await run(...words);
      if (code !== 0)
        throw new OperationalError(
          'firewall_rule_refused',
          `netsh advfirewall firewall ${words.join(' ')} failed with exit code ${code}: ${output.replaceAll(/\s+/g, ' ').trim()}`,
        );
    },
  };
}
