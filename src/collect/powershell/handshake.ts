import { z } from 'zod';
import { OperationalError } from '../../errors.ts';
import { head } from '../../text/redact.ts';
import { PROTOCOL } from './frame.ts';

/** A host may answer anything: so much of its version is shown. */
const MAX_VERSION = 40;
/** Names of Windows' modules, far fewer */
const MAX_NAMES = 100;

const greeting = z.object({
  module: z.string(),
  protocol: z.number(),
  desktopOnly: z.array(z.string().max(100)).max(MAX_NAMES).catch([]),
  limits: z.object({ calls: z.number().int().min(1), minutes: z.number().min(1) }).optional(),
});

/** What the module says of the PowerShell that it runs in. */
export interface Greeting {
  /** Windows' modules that it would load through Windows PowerShell 5.1, by name */
  readonly desktopOnly: readonly string[];
  /** At which a served session ends itself */
  readonly limits?: { readonly calls: number; readonly minutes: number } | undefined;
}

/** What to do where the modules on this machine are of another version. */
const UNPACK_AGAIN = 'unpack the whole package of this version again, not single files';

/**
 * Whether the module that answered has this program's version.
 * @param update what to do where it does not
 * @throws {OperationalError} `handshake_malformed`, `protocol_mismatch` or `module_version_mismatch`
 */
export function checkGreeting(answer: unknown, moduleVersion: string, update = UNPACK_AGAIN): Greeting {
  const parsed = greeting.safeParse(answer);
  if (!parsed.success)
    throw new OperationalError('handshake_malformed', `The PowerShell module's greeting is not understood`);
  const { protocol, desktopOnly, limits } = parsed.data;
  const module = head(parsed.data.module, MAX_VERSION);
  if (protocol !== PROTOCOL)
    throw new OperationalError(
      'protocol_mismatch',
      `The PowerShell module HyperVSriov has version ${module} with protocol ${protocol}, this program version ${moduleVersion} with protocol ${PROTOCOL}: ${update}`,
    );
  if (parsed.data.module !== moduleVersion)
    throw new OperationalError(
      'module_version_mismatch',
      `The PowerShell module HyperVSriov has version ${module}, this program ${moduleVersion}: ${update}`,
    );
  return { desktopOnly, limits };
}

/** Why values of such modules are missing or wrong; undefined where there is none. */
export const desktopOnlyFault = ({ desktopOnly }: Greeting): string | undefined =>
  desktopOnly.length === 0
    ? undefined
    : `PowerShell 7 would load ${desktopOnly.join(', ')} through Windows PowerShell 5.1, which loses values`;
