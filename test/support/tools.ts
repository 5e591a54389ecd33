import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';

/** Programs that some tests need beside Node, and how to get each. */
const HOW = {
  bash: 'apt-get install bash',
  script: 'apt-get install bsdutils',
  pwsh: 'tools/test-bed/install-powershell, or https://learn.microsoft.com/powershell/scripting/install/installing-powershell',
  prometheus: 'apt-get install prometheus',
  promtool: 'apt-get install prometheus',
  alertmanager: 'apt-get install prometheus-alertmanager',
  amtool: 'apt-get install prometheus-alertmanager',
  chromium: 'apt-get install chromium',
  curl: 'apt-get install curl',
  openssl: 'apt-get install openssl',
  ssh: 'apt-get install openssh-client',
  'ssh-keygen': 'apt-get install openssh-client',
  'ssh-agent': 'apt-get install openssh-client',
  'ssh-add': 'apt-get install openssh-client',
  sshd: 'apt-get install openssh-server',
  shellcheck: 'apt-get install shellcheck',
  'win-node': 'tools/test-bed/install-windows',
  'win-pwsh': 'tools/test-bed/install-windows',
  'win-run': 'tools/test-bed/install-windows',
  wixl: 'apt-get install wixl',
  msibuild: 'apt-get install msitools',
  python3: 'apt-get install python3',
  'python3-prometheus-client': 'apt-get install python3-prometheus-client',
} as const;
export type Tool = keyof typeof HOW;

/** Debian names one of them otherwise. */
const NAMES: Partial<Record<Tool, readonly string[]>> = { alertmanager: ['prometheus-alertmanager', 'alertmanager'] };

/** Debian's interpreter, which Debian's Python packages are for; another one may come first in the PATH. */
export const PYTHON = '/usr/bin/python3';
const hasParsers = (): boolean => spawnSync(PYTHON, ['-c', 'import prometheus_client.openmetrics']).status === 0;

/** Full path of a tool, or undefined where the machine lacks it. */
export function findTool(wanted: Tool): string | undefined {
  if (wanted === 'python3-prometheus-client') return hasParsers() ? PYTHON : undefined;
  for (const name of NAMES[wanted] ?? [wanted]) {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      const path = join(folder, process.platform === 'win32' ? `${name}.exe` : name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {}
    }
  }
  return undefined;
}

/** Path of a tool that is known to be there (inside describeWith). */
export function tool(name: Tool): string {
  const path = findTool(name);
  if (path === undefined) throw new Error(`${name} is missing: ${HOW[name]}`);
  return path;
}

/**
 * A describe block that needs tools. Where one is missing the block is skipped and its title says how to get it;
 * under CI=true a missing tool is a failure.
 */
export function describeWith(tools: readonly Tool[], title: string, body: () => void): void {
  const missing = tools.filter((name) => findTool(name) === undefined);
  const skipped = missing.length > 0 && process.env['CI'] !== 'true';
  const hint = missing.map((name) => `${name}: ${HOW[name]}`).join('; ');
  describe.skipIf(skipped)(skipped ? `${title} [skipped, missing ${hint}]` : title, body);
}

/**
 * Go's programs collect garbage when their memory has doubled; here they may let it grow to five times. Their threads
 * would spend time on looking for work that another of the tests' processes has for the processor.
 */
export const FRUGAL_GO = { GOGC: '400', GOMAXPROCS: '1' } as const;
