import { type Agent, createAgent } from '../../../src/agent.ts';
import type { HostReader } from '../../../src/collect/host-reader.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { listen } from '../../../src/http/listen.ts';
import { createLogger } from '../../../src/log.ts';

export interface RunningAgent extends Agent {
  readonly port: number;
}

/** The agent in this process, on a reader that the test holds in its hands. Flags by setting name. */
export async function startAgent(
  reader: HostReader,
  flags: Readonly<Record<string, string>> = {},
): Promise<RunningAgent> {
  const { config } = loadConfig({ flags: new Map(Object.entries({ source: 'demo', ...flags })), environment: {} });
  const log = createLogger({ level: 'error', format: 'json' });
  const agent = await createAgent(config, { reader, log, version: '0.0.0' });
  const port = await listen(agent.server, { host: '127.0.0.1', port: 0 });
  agent.start();
  return { ...agent, port };
}
