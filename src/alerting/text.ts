import { reasonById } from '../diagnosis/reasons.ts';
import { visible } from '../text/visible.ts';
import { type Format, format } from './go-format.ts';

/**
 * The text of an alert. It is printed as a Go template into the rule files, and filled in by the agent for its own alerts.
 * The reason is never a label of an alert, because each change of it would restart `for`. The agent looks the reason up.
 * A rule file says where the reason is shown.
 */
export type Piece =
  | { readonly kind: 'label'; readonly name: string; readonly inQuery?: boolean }
  | { readonly kind: 'value'; readonly format: Format }
  | { readonly kind: 'if'; readonly name: string; readonly yes: Text; readonly no: Text }
  | { readonly kind: 'held' }
  | { readonly kind: 'reason' }
  | { readonly kind: 'remedy' };
export type Text = readonly (string | Piece)[];

/** Template tag: text`The VM ${label('vm')} …` */
export function text(strings: TemplateStringsArray, ...pieces: readonly (Piece | string)[]): Text {
  return strings.flatMap((string, index) => {
    const piece = pieces[index];
    return piece === undefined ? [string] : [string, piece];
  });
}

/** The value of a label of the alert */
export const label = (name: string): Piece => ({ kind: 'label', name });
/** A label, escaped as a value in the query of a URL */
export const queryLabel = (name: string): Piece => ({ kind: 'label', name, inQuery: true });
/** The value of the alert's expression */
export const figure = (how: Format = 'plain'): Piece => ({ kind: 'value', format: how });
/** `yes` if the alert has that label, else `no` */
export const ifLabel = (name: string, yes: Text, no: Text = []): Piece => ({ kind: 'if', name, yes, no });
/** How long the condition has held at least, in words. This is `for` of the alert, which users may change */
export const held: Piece = { kind: 'held' };
/** ` Reason: <id>.` of the vNIC with the label `vnic_id`. Empty if the reason is unknown, and in rule files */
export const reason: Piece = { kind: 'reason' };
/** The remedy of that reason from the reason table. In a rule file, where to find it */
export const remedy: Piece = { kind: 'remedy' };

const GO_FORMAT: Readonly<Record<Format, string>> = {
  plain: '',
  humanize: ' | humanize',
  percentage: ' | humanizePercentage',
  duration: ' | humanizeDuration',
};

/** Prometheus fills in a template for each alert at each evaluation. Looking up the reason there would take a query each time. */
const WHERE_THE_REMEDY_IS =
  'The status page of {{ $labels.instance }} shows the reason for this virtual NIC and how to fix it. The reason alone is a label of hyperv_vnic_fallback.';

/** Seconds in words: `10 minutes` */
export function inWords(seconds: number): string {
  const [size, unit] =
    seconds % 3600 === 0 ? [3600, 'hour'] : seconds % 60 === 0 ? [60, 'minute'] : ([1, 'second'] as const);
  const number = seconds / size;
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}

/** Escapes as the function of that name in Go templates does. */
const urlquery = (value: string): string =>
  encodeURIComponent(value)
    .replaceAll('%20', '+')
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** The text as a template of Prometheus, for rule files. `forSeconds` is `for` of the alert. */
export function toGoTemplate(whole: Text, forSeconds: number): string {
  return whole
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      switch (piece.kind) {
        case 'label':
          return `{{ $labels.${piece.name}${piece.inQuery === true ? ' | urlquery' : ''} }}`;
        case 'value':
          return `{{ $value${GO_FORMAT[piece.format]} }}`;
        case 'if': {
          const no = piece.no.length === 0 ? '' : `{{ else }}${toGoTemplate(piece.no, forSeconds)}`;
          return `{{ if $labels.${piece.name} }}${toGoTemplate(piece.yes, forSeconds)}${no}{{ end }}`;
        }
        case 'held':
          return inWords(forSeconds);
        case 'reason':
          return '';
        case 'remedy':
          return WHERE_THE_REMEDY_IS;
      }
    })
    .join('');
}

/** The values that the agent fills into the text of one alert. */
export interface Filling {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** `for` of the alert, in seconds */
  readonly forSeconds: number;
  /** The id of a vNIC's reason, if it has one */
  readonly reasonOf: (vnicId: string) => string | undefined;
}

/** The text of one alert with its values filled in. Labels from outside are made visible: receivers show the text as it is. */
export function fill(whole: Text, filling: Filling): string {
  const { labels, value, forSeconds, reasonOf } = filling;
  return whole
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      switch (piece.kind) {
        case 'label':
          return (piece.inQuery === true ? urlquery : visible)(labels[piece.name] ?? '');
        case 'value':
          return format(value, piece.format);
        case 'if':
          return fill(labels[piece.name] ? piece.yes : piece.no, filling);
        case 'held':
          return inWords(forSeconds);
        case 'reason': {
          const id = reasonOf(labels['vnic_id'] ?? '');
          return id === undefined ? '' : ` Reason: ${id}.`;
        }
        case 'remedy':
          return reasonById(reasonOf(labels['vnic_id'] ?? '') ?? '')?.remedy ?? '';
      }
    })
    .join('');
}
