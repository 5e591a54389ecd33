import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The generated boards, as Grafana will read them. */
export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly instant?: boolean;
  readonly datasource: { readonly uid: string };
}
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly datasource?: { readonly uid: string };
  readonly interval?: string;
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly links?: readonly { readonly url: string }[];
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null }[] };
    };
  };
}
export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly refresh?: number;
  readonly multi?: boolean;
  readonly query?: { readonly query: string } | string;
}
export interface Board {
  readonly uid: string;
  readonly id: null;
  readonly title: string;
  readonly description?: string;
  readonly schemaVersion: number;
  readonly editable: boolean;
  readonly graphTooltip: number;
  readonly tags: readonly string[];
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: {
    readonly list: readonly { readonly name: string; readonly expr?: string; readonly iconColor: string }[];
  };
  readonly links: readonly { readonly tags: readonly string[] }[];
}

const folder = join(import.meta.dirname, '../../dashboards');

export const boards: readonly Board[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Board);

/** Every query of every panel. */
export const queries = boards.flatMap((board) =>
  board.panels.flatMap((panel) =>
    (panel.targets ?? []).map((target) => ({
      board,
      panel,
      target,
      key: `${board.uid} / ${panel.title} / ${target.refId}`,
    })),
  ),
);

/** A query with the variables of the board filled in. */
export function expand(expr: string, variables: Readonly<Record<string, string>> = {}): string {
  return expr
    .replaceAll('$__rate_interval', variables['__rate_interval'] ?? '5m')
    .replace(/\$(\w+)/g, (_, name: string) => variables[name] ?? '.*');
}
