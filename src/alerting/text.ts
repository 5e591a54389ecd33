import { reasonById } from '../diagnosis/reasons.ts';
import { type Format, format } from './go-format.ts';

/**
 * The text of an alert, written once: as a Go template in the rule files, and filled in by the agent for its own alerts.
 * Labels and the value vary. The reason is never a label, as each change of it would restart `for`: the agent looks it
 * up, and Prometheus says where it is shown.
 */
export type Piece =
  | { readonly kind: 'label'; readonly name: string; readonly inQuery?: boolean }
  | { readonly kind: 'value'; readonly format: Format }
  | { readonly kind: 'if'; readonly name: string; readonly yes: Text; readonly no: Text }
  | { readonly kind: 'held' }
  | { readonly kind: 'reason' }
  | { readonly kind: 'remedy' };
export type Text = readonly (string | Piece)[];

/** text`The VM ${label('vm')} …` */
export function text(strings: TemplateStringsArray, ...pieces: readonly (Piece | string)[]): Text {
  return strings.flatMap((string, index) => {
    const piece = pieces[index];
    return piece === undefined ? [string] : [string, piece];
  });
}

export const label = (name: string): Piece => ({ kind: 'label', name });
/** A label as the value of a query of a URL */
export const queryLabel = (name: string): Piece => ({ kind: 'label', name, inQuery: true });
export const figure = (how: Format = 'plain'): Piece => ({ kind: 'value', format: how });
/** `yes` where the alert has that label, else `no` */
export const ifLabel = (name: string, yes: Text, no: Text = []): Piece => ({ kind: 'if', name, yes, no });
/** How long the condition has held at least, in words: the alert's own `for`, which users may change */
export const held: Piece = { kind: 'held' };
/** ` Reason: <id>.` of the vNIC that the labels name; nothing where it is not known, as in a rule file */
export const reason: Piece = { kind: 'reason' };
/** What the reason table says to do about that reason; in a rule file, where to find it */
export const remedy: Piece = { kind: 'remedy' };

const GO_FORMAT: Readonly<Record<Format, string>> = {
  plain: '',
  humanize: ' | humanize',
  percentage: ' | humanizePercentage',
  duration: ' | humanizeDuration',
};

/** Prometheus evaluates a template at each evaluation for each alert: a look-up of the reason in it would be a query each time. */
const WHERE_THE_REMEDY_IS =
  'The status page of {{ $labels.instance }} shows the reason for this virtual NIC and how to fix it. The reason alone is a label of hyperv_vnic_fallback.';

/** Duration of a `for` as people say it: `10 minutes` */
export function inWords(seconds: number): string {
  const [size, unit] =
    seconds % 3600 === 0 ? [3600, 'hour'] : seconds % 60 === 0 ? [60, 'minute'] : ([1, 'second'] as const);
  const number = seconds / size;
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}

/** As the function of that name in Go's templates escapes. */
const urlquery = (value: string): string =>
  encodeURIComponent(value)
    .replaceAll('%20', '+')
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** For rule files: Prometheus' templates. `forSeconds`: of the alert. */
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

/** What the agent knows of one alert that it puts into words. */
export interface Filling {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** `for` of the alert */
  readonly forSeconds: number;
  /** The reason id of a vNIC, where it has one */
  readonly reasonOf: (vnicId: string) => string | undefined;
}

/** What the text says of one alert. */
export function fill(whole: Text, filling: Filling): string {
  const { labels, value, forSeconds, reasonOf } = filling;
  return whole
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      switch (piece.kind) {
        case 'label':
          return piece.inQuery === true ? urlquery(labels[piece.name] ?? '') : (labels[piece.name] ?? '');
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
