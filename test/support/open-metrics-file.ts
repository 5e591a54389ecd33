import { closeSync, openSync, writeSync } from 'node:fs';

/** Many scrapes of many targets as one OpenMetrics text with timestamps, which `promtool tsdb` makes blocks of. */
export interface OpenMetricsFile {
  /**
   * Takes one scrape (OpenMetrics text) of the target with these labels, at Unix seconds. Of several targets each gets
   * the same scrape, with GUIDs and VM names of its own.
   */
  add(text: string, targets: readonly TargetLabels[], at: number): void;
  /** Samples taken so far */
  samples(): number;
  write(path: string): void;
}

export type TargetLabels = Readonly<Record<string, string>>;

interface Family {
  readonly header: Map<string, string>;
  /** By name and labels */
  readonly series: Map<string, Points>;
}

/** The samples of a series, the same for all its targets, in order of time. Numbers, not text: of a million strings the collector would have to copy each. */
interface Points {
  readonly named: string;
  readonly targets: readonly TargetLabels[];
  readonly values: number[];
  /** Unix seconds */
  readonly times: number[];
}

const INFINITIES: Readonly<Record<string, number>> = { '+Inf': Infinity, '-Inf': -Infinity };
/** A value as an exposition writes it, and back. */
const valueOf = (text: string): number => INFINITIES[text] ?? Number(text);
const textOf = (value: number): string => String(value).replace('Infinity', 'Inf');

const escape = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** Labels as an exposition writes them, without braces. */
export const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escape(value)}"`)
    .join(',');

const withLabels = (named: string, labels: string): string =>
  named.endsWith('}') ? `${named.slice(0, -1)},${labels}}` : `${named}{${labels}}`;

/** A series of a copy of the host: names of VMs and the beginning of each GUID are other ones. */
const copied = (named: string, copy: number): string =>
  copy === 0
    ? named
    : named
        .replaceAll(/\b[\dA-F]{4}(?=[\dA-F]{4}(?:-[\dA-F]{4}){3}-[\dA-F]{12})/gi, copy.toString(16).padStart(4, '0'))
        .replace(/\bvm="[^"]*/, `$&-${copy}`);

/**
 * OpenMetrics wants the samples of a family together, and in it those of a series: so they are kept by family and
 * series until the file is written, label text once a series. `keep` says by name which families are of interest.
 */
export function createOpenMetricsFile(keep: (family: string) => boolean = () => true): OpenMetricsFile {
  const families = new Map<string, Family>();
  let samples = 0;

  function familyOf(name: string): Family {
    const found = families.get(name) ?? { header: new Map<string, string>(), series: new Map<string, Points>() };
    families.set(name, found);
    return found;
  }

  return {
    add(text, targets, at) {
      const [first = {}] = targets;
      const identity = labelText(first);
      let family: Family | undefined;
      for (const line of text.split('\n')) {
        if (line.startsWith('#')) {
          const [, kind, name = ''] = /^# (HELP|TYPE) (\S+) /.exec(line) ?? [];
          if (kind === undefined) continue;
          family = keep(name) ? familyOf(name) : undefined;
          family?.header.set(kind, line);
        } else if (family !== undefined && line !== '') {
          const end = line.lastIndexOf(' ');
          const named = line.slice(0, end);
          const key = `${identity} ${named}`;
          let points = family.series.get(key);
          if (points === undefined) family.series.set(key, (points = { named, targets, values: [], times: [] }));
          points.values.push(valueOf(line.slice(end + 1)));
          points.times.push(at);
          samples += targets.length;
        }
      }
    },
    samples: () => samples,
    write(path) {
      const file = openSync(path, 'w');
      for (const { header, series } of families.values()) {
        if (series.size === 0) continue;
        writeSync(file, [...header.values(), ''].join('\n'));
        for (const { named, targets, values, times } of series.values()) {
          const rest = values.map((value, index) => ` ${textOf(value)} ${times[index]}\n`);
          const each = targets.map((target, copy) => withLabels(copied(named, copy), labelText(target)));
          writeSync(file, each.map((key) => rest.map((one) => key + one).join('')).join(''));
        }
      }
      writeSync(file, '# EOF\n');
      closeSync(file);
    },
  };
}
