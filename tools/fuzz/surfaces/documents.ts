import { parseDocument } from '../../../src/document/parse.ts';
import { OperationalError } from '../../../src/errors.ts';
import { alertsOf } from '../alerting.ts';
import { mutated, mutateJson } from '../mutate.ts';
import { documentSeeds, type Documents } from '../seeds.ts';
import { openServer, viewOf } from '../served.ts';
import { declared, invariant, type Surface } from '../surface.ts';

/** Documents of all parts, through to the exposition, the agent's alerts, the pages and the API. */
export async function documents(): Promise<Surface> {
  const seeds = documentSeeds();
  const server = await openServer();
  return {
    name: 'documents',
    make(random) {
      const input = mutated(random.pick(seeds), random, 8, (whole, by) => mutateJson(whole, by) as Documents);
      const list = Array.isArray(input) ? (input as readonly unknown[]) : [input];
      return {
        input: list,
        async check() {
          const parsed = await declared(
            [OperationalError],
            () => list.map(parseDocument),
            (fault) => {
              const { code } = fault as OperationalError;
              invariant(['document_invalid', 'document_too_new'].includes(code), `not a code of documents: ${code}`);
            },
          );
          if (parsed === undefined) return 'refused';
          const view = viewOf(parsed.result);
          const alerts = random.chance(0.2) ? (await alertsOf(view)).alerts : undefined;
          await server.look(alerts === undefined ? { view } : { view, alerts }, random);
          return 'accepted';
        },
      };
    },
    close: () => server.close(),
  };
}
