import type { Config } from '../config/schema.ts';
import type { View } from '../metrics/define.ts';
import type { CommandContext } from './context.ts';
import { openOneShot } from './one-shot.ts';

/**
 * What a command judges that reads the host once.
 * @throws OperationalError if the host cannot be read
 */
export async function settledView(config: Config, context: CommandContext): Promise<View> {
  const host = await openOneShot(config, context);
  try {
    return await host.settle();
  } finally {
    await host.close();
  }
}
