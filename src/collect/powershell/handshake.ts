import { z } from 'zod';
import { OperationalError } from '../../errors.ts';
import { PROTOCOL } from './frame.ts';

const greeting = z.object({ module: z.string(), protocol: z.number() });

/**
 * Whether the module that answered is this agent's.
 * @throws {OperationalError} `handshake_malformed`, `protocol_mismatch` or `module_version_mismatch`
 */
export function checkGreeting(answer: unknown, moduleVersion: string): void {
  const parsed = greeting.safeParse(answer);
  if (!parsed.success)
    throw new OperationalError('handshake_malformed', `The collector module's greeting is not understood`);
  const { module, protocol } = parsed.data;
  if (protocol !== PROTOCOL)
    throw new OperationalError(
      'protocol_mismatch',
      `The collector module speaks protocol ${protocol}, this agent ${PROTOCOL}`,
    );
  if (module !== moduleVersion)
    throw new OperationalError(
      'module_version_mismatch',
      `The collector module HyperVSriov has version ${module}, this agent ${moduleVersion}: install the module of this agent`,
    );
}
