import { BOARDS } from '../../dashboards/src/index.ts';

/** dashboards/*.json */
export function generate(): Promise<{ path: string; content: string }[]> {
  return Promise.resolve(
    BOARDS.map((make) => {
      const board = make();
      return { path: `dashboards/${board.uid}.json`, content: `${JSON.stringify(board, null, 2)}\n` };
    }),
  );
}
