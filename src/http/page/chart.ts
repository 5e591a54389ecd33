import type { Point } from '../../trend/trends.ts';
import type { Steps } from '../../turn.ts';
import {
  areaPath,
  bandPieces,
  bucketed,
  type Drawn,
  HEIGHT,
  largest,
  last,
  stepPath,
  type TimeWindow,
  WIDTH,
} from './chart-geometry.ts';
import { moment } from './format.ts';
import { html, type Html, severalLines } from './html.ts';

/** What every chart has. */
interface Frame {
  /** Unique on the page */
  readonly id: string;
  readonly title: Html | string;
  /** The object that it is about, in small print next to the title */
  readonly of?: Html | undefined;
  readonly window: TimeWindow;
  /** Milliseconds between two values */
  readonly step: number;
}

export interface Line {
  readonly name: string;
  /** Its colour: a class of page.css */
  readonly look: 'used' | 'full' | 'limit' | 'cpu' | 'vf' | 'synthetic';
  readonly points: readonly Point<number>[];
  /** The area below is filled */
  readonly filled?: boolean;
}

export interface LineChart extends Frame {
  readonly lines: readonly Line[];
  /** The top of the chart */
  readonly max: number;
  /** A value for people, with its unit */
  readonly print: (value: number) => string;
  /** The present state in words: `57 of 62` */
  readonly present: string;
}

/** Lines over time, drawn as steps. */
export function lineChart({ lines, max, print, present, ...frame }: LineChart): Html {
  const drawn = lines.map((line) => ({ ...line, drawn: bucketed(line.points, frame.window, frame.step, largest) }));
  const shapes = drawn.map(
    (line) =>
      html`${line.filled === true ? html`<path class="area ${line.look}" d="${areaPath(line.drawn.map(fromZero), max)}"></path>` : undefined}<path class="line ${line.look}" d="${stepPath(line.drawn, max)}"></path>`,
  );
  const [first] = drawn;
  const known = (first?.drawn ?? []).flatMap(({ value }) => value ?? []);
  const range =
    known.length === 0 ? 'no values' : `lowest ${print(Math.min(...known))}, highest ${print(Math.max(...known))}`;
  return figure(frame, {
    present,
    top: print(max),
    shapes,
    spoken: `${present}; ${range}`,
    legend: lines.length > 1 ? drawn.map(({ name, look }) => ({ name, look })) : [],
    columns: drawn.map(({ name, drawn: values }) => ({
      name,
      values: values.map((one) => ({ ...one, value: one.value === undefined ? undefined : print(one.value) })),
    })),
  });
}

const fromZero = (one: Drawn<number>): Drawn<readonly [number, number]> => ({
  ...one,
  value: one.value === undefined ? undefined : [0, one.value],
});

export interface StackChart<K extends string> extends Frame {
  readonly points: readonly Point<Readonly<Record<K, number>>>[];
  /** From the bottom up, with the name and the class of each */
  readonly layers: readonly { readonly key: K; readonly name: string; readonly look: string }[];
  /** The total in words */
  readonly printTotal: (total: number) => string;
}

/** Parts of a whole over time, stacked. A layer that is always empty is left out. Each layer is a step. */
export function* stackChart<K extends string>({ points, layers, printTotal, ...frame }: StackChart<K>): Steps<Html> {
  const drawn = bucketed(points, frame.window, frame.step, last);
  const shown = layers.filter(({ key }) => drawn.some(({ value }) => (value?.[key] ?? 0) > 0));
  const totals = drawn.map(({ value }) =>
    value === undefined ? 0 : layers.reduce((sum, { key }) => sum + value[key], 0),
  );
  const max = Math.max(1, ...totals);
  const shapes: Html[] = [];
  for (const [index, { look }] of shown.entries()) {
    yield;
    const parts = drawn.map(({ start, end, value }): Drawn<readonly [number, number]> => {
      if (value === undefined) return { start, end, value };
      const below = shown.slice(0, index).reduce((sum, { key }) => sum + value[key], 0);
      return { start, end, value: [below, below + (shown[index] === undefined ? 0 : value[shown[index].key])] };
    });
    shapes.push(html`<path class="area solid ${look}" d="${areaPath(parts, max)}"></path>`);
  }
  yield;
  const now = points.findLast(({ value }) => value !== undefined)?.value;
  const legend = shown.map(({ key, name, look }) => ({ name, look, count: now?.[key] }));
  return figure(frame, {
    present: now === undefined ? '' : printTotal(layers.reduce((sum, { key }) => sum + now[key], 0)),
    top: String(max),
    shapes,
    spoken: legend.map(({ name, count }) => `${count ?? 0} ${name}`).join(', '),
    legend,
    columns: shown.map(({ key, name }) => ({
      name,
      values: drawn.map((one) => ({ ...one, value: one.value === undefined ? undefined : String(one.value[key]) })),
    })),
  });
}

export interface BandChart<T extends string> extends Frame {
  readonly points: readonly Point<T>[];
  readonly names: Readonly<Record<T, string>>;
}

/** A state over time as a coloured band. */
export function bandChart<T extends string>({ points, names, ...frame }: BandChart<T>): Html {
  const drawn = bucketed(points, frame.window, frame.step, last);
  const pieces = bandPieces(drawn);
  const seen = [...new Set(pieces.map(({ value }) => value))];
  const now = points.findLast(({ value }) => value !== undefined)?.value;
  return figure(
    { ...frame, low: true },
    {
      present: now === undefined ? '' : names[now],
      shapes: pieces.map(
        ({ x, width, value }) =>
          html`<rect class="solid path-${value}" x="${round(x)}" width="${round(width)}" height="${HEIGHT}"></rect>`,
      ),
      spoken: seen.map((value) => names[value]).join(', '),
      legend: seen.map((value) => ({ name: names[value], look: `path-${value}` })),
      columns: [
        {
          name: 'Path',
          values: drawn.map((one) => ({ ...one, value: one.value === undefined ? undefined : names[one.value] })),
        },
      ],
    },
  );
}

const round = (number: number): number => Math.round(number * 10) / 10;

interface Content {
  readonly present: string;
  /** What the top of the chart stands for */
  readonly top?: string;
  readonly shapes: readonly Html[];
  /** What a screen reader says instead of the picture */
  readonly spoken: string;
  readonly legend: readonly { readonly name: string; readonly look: string; readonly count?: number | undefined }[];
  readonly columns: readonly { readonly name: string; readonly values: readonly Drawn<string>[] }[];
}

function figure({ id, title, of, window, low = false }: Frame & { readonly low?: boolean }, content: Content): Html {
  const { present, top, shapes, spoken, legend, columns } = content;
  return html`<figure class="chart" aria-labelledby="${id}-title">
    <figcaption>
      <h3 id="${id}-title">${title}${of === undefined ? undefined : html` <small>${of}</small>`}</h3>
      <b>${present}</b>
    </figcaption>
    <div class="plot">
      ${top === undefined ? undefined : html`<span class="top" aria-hidden="true">${top}</span>`}
      <svg class="${low ? 'low' : 'high'}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${spoken}" focusable="false">${shapes}<path class="cursor"></path></svg>
      ${reading(id, window, columns)}
    </div>
    <p class="axis"><span>${moment(window.from, 'minute')}</span><span class="at" aria-hidden="true"></span><span>now</span></p>
    ${legend.length === 0 ? undefined : html`<ul class="keys">${legend.map(({ name, look, count }) => html`<li><span class="key ${look}" aria-hidden="true"></span>${count === undefined ? undefined : html`<b>${count}</b> `}${name}</li>`)}</ul>`}
    ${valuesTable(id, window, columns)}
  </figure>`;
}

/**
 * A slider over the picture, for the script: pointed at or moved by keyboard, it reads the values of one moment. Without
 * the script it is hidden. `data-values` has a line for each column: its name, then, between tabs, each index from which
 * on a value holds with the value, which is empty where it is not known.
 */
function reading(id: string, { from, to }: TimeWindow, columns: Content['columns']): Html | undefined {
  const count = columns[0]?.values.length ?? 0;
  if (count === 0) return undefined;
  const lines = columns.map(({ name, values }) =>
    [
      name,
      ...values.flatMap(({ value }, index) =>
        index > 0 && values[index - 1]?.value === value ? [] : [`${index} ${value ?? ''}`],
      ),
    ].join('\t'),
  );
  return html`<input id="${id}-reading" class="reading" type="range" min="0" max="${count - 1}" value="${count - 1}" aria-labelledby="${id}-title" autocomplete="off" data-from="${from}" data-step="${(to - from) / count}" data-values="${severalLines(lines.join('\n'))}" />`;
}

/** Maximum number of rows of that table: enough to follow the picture. */
const ROWS = 12;

/** The values behind a chart as a table, newest first: for readers who cannot see it, and for those who need the numbers. */
function valuesTable(id: string, { from, to }: TimeWindow, columns: Content['columns']): Html {
  const count = columns[0]?.values.length ?? 0;
  const every = Math.max(1, Math.ceil(count / ROWS));
  const rows = Array.from({ length: count }, (_, index) => count - 1 - index)
    .filter((_, index) => index % every === 0)
    .filter((index) => columns.some(({ values }) => values[index]?.value !== undefined));
  return html`<details id="${id}-values">
    <summary>Values</summary>
    <table class="values">
      <thead>
        <tr><th scope="col">From</th>${columns.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr>
      </thead>
      <tbody>
        ${rows.map(
          (index) =>
            html`<tr><th scope="row">${moment(from + (columns[0]?.values[index]?.start ?? 0) * (to - from), 'clock')}</th>${columns.map(({ name, values }) => html`<td data-label="${name}">${values[index]?.value ?? 'not known'}</td>`)}</tr>`,
        )}
      </tbody>
    </table>
  </details>`;
}
