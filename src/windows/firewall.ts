import { execFile } from 'node:child_process';
import { win32 } from 'node:path';
import { OperationalError, UserError } from '../errors.ts';
import { quoteArgument } from './command-line.ts';
import { SERVICE_NAME } from './names.ts';

export interface FirewallRule {
  readonly ports: readonly number[];
  /** Full path of the program that accepts the connections */
  readonly program: string;
}

/** The inbound rule of the agent in Windows Firewall. */
export interface Firewall {
  /** Replaces the rule with one for these addresses. */
  admit(rule: FirewallRule, addresses: string): Promise<void>;
  /** Changes ports and program of the existing rule and keeps its addresses. False if there is no rule. */
  adjust(rule: FirewallRule): Promise<boolean>;
  remove(): Promise<boolean>;
}

/**
 * Checks addresses for `netsh`: IP addresses, subnets and ranges separated by commas, `localsubnet` or `any`.
 * @throws UserError that names the first invalid one
 */
export function checkAddresses(addresses: string): string {
  const list = addresses.split(',').map((each) => each.trim());
  const wrong = list.find((each) => !/^(?:any|localsubnet|[0-9a-f.:]+(?:[/-][0-9a-f.:]+)?)$/i.test(each));
  if (wrong !== undefined)
    throw new UserError(`${JSON.stringify(wrong)} is not an address: give IP addresses, subnets (192.0.2.0/24) or any`);
  return list.join(',');
}

/** Manages the rule with netsh, which does not depend on PowerShell policies or on the language of Windows. */
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
  const ruleWords = ({ ports, program }: FirewallRule) => [
    `localport=${ports.join(',')}`,
    `program=${quoteArgument(program)}`,
  ];
  const remove = async () => (await run('delete', 'rule', name)).code === 0;
  return {
    remove,
    adjust: async (rule) => (await run('set', 'rule', name, 'new', ...ruleWords(rule))).code === 0,
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
        ...ruleWords(rule),
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
