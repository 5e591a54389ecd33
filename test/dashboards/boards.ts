import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The generated boards, as Grafana will read them. */
interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly instant?: boolean;
  readonly interval: string;
  readonly format: string;
  readonly datasource: { readonly uid: string };
}
interface Step {
  readonly value: number | null;
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly datasource?: { readonly uid: string };
  readonly interval?: string;
  readonly transformations?: readonly {
    readonly id: string;
    readonly options: { readonly renameByName?: Readonly<Record<string, string>>; readonly excludeByName?: object };
  }[];
  readonly options?: { readonly sortBy?: readonly { readonly displayName: string; readonly desc: boolean }[] };
  readonly fieldConfig?: {
    readonly defaults: {
      readonly noValue?: string;
      readonly unit?: string;
      readonly links?: readonly { readonly title: string; readonly url: string }[];
      readonly thresholds?: { readonly steps: readonly Step[] };
    };
    readonly overrides: readonly {
      readonly matcher: { readonly id: string; readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
}
interface Variable {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly refresh?: number;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly current?: { readonly value: string };
  readonly datasource?: { readonly uid: string };
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
    readonly list: readonly {
      readonly name: string;
      readonly enable: boolean;
      readonly expr?: string;
      readonly datasource: { readonly uid: string };
    }[];
  };
  readonly links: readonly {
    readonly title: string;
    readonly type: string;
    readonly url: string;
    readonly tags: readonly string[];
    readonly includeVars: boolean;
    readonly keepTime: boolean;
  }[];
}

const folder = join(import.meta.dirname, '../../dashboards');

export const boards: readonly Board[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Board);

export const panelsOf = (board: Board): readonly Panel[] => board.panels.filter(({ type }) => type !== 'row');

export interface BoardQuery {
  readonly board: Board;
  readonly panel: Panel;
  readonly target: Target;
  readonly key: string;
}

/** Every query of every panel. */
export const queries: readonly BoardQuery[] = boards.flatMap((board) =>
  board.panels.flatMap((panel) =>
    (panel.targets ?? []).map((target) => ({
      board,
      panel,
      target,
      key: `${board.uid} | ${panel.title} | ${target.refId}`,
    })),
  ),
);

/** The series selector of a variable filled from label values, and the label. */
export function labelValues(variable: Variable): { readonly series: string; readonly label: string } | undefined {
  const { query } = variable;
  if (query === undefined || typeof query === 'string') return undefined;
  const [, series, label] = /^label_values\((.+), (\w+)\)$/.exec(query.query) ?? [];
  return series === undefined || label === undefined ? undefined : { series, label };
}

/** A query with the variables of the board filled in. */
export function expand(expr: string, variables: Readonly<Record<string, string>> = {}): string {
  const values: Readonly<Record<string, string>> = { __rate_interval: '5m', __range: '1h', ...variables };
  // $1 of label_replace is no variable: Grafana leaves alone what it does not know.
  return expr.replace(/\$([a-z_]\w*)/g, (_, name: string) => values[name] ?? '.*');
}
