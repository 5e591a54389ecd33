import type { View } from '../metrics/define.ts';
import type { CommandContext } from './context.ts';
import { openOneShot } from './one-shot.ts';
import type { Chosen } from './target.ts';

/**
 * What a command judges that reads the host once.
 * @throws OperationalError if the host cannot be read
 */
export async function settledView(chosen: Chosen, context: CommandContext): Promise<View> {
  const host = await openOneShot(chosen, context, { target: chosen.target });
  try {
    return await host.settle();
  } finally {
    await host.close();
  }
}
