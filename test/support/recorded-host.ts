import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { createAlerting } from '../../src/alerting/alerting.ts';
import { defaultThresholds } from '../../src/alerting/thresholds.ts';
import { anonymise } from '../../src/collect/replay/anonymise.ts';
import { REASON_FRAGMENTS } from '../../src/diagnosis/reasons/host.ts';
import { type Capture, decodeCapture } from '../../src/collect/replay/capture-file.ts';
import { createReplayReader } from '../../src/collect/replay/reader.ts';
import type { LooseDocument, LooseRow } from './documents.ts';
import { type Answer, runCli } from './run-cli.ts';
import { NOON, simulateHost } from './simulated-host.ts';

/** What a test may bend: the documents of a recording, and the rows of a source in all of them. */
export interface Recording {
  readonly documents: readonly LooseDocument[];
  /** Fails the test where the recording has no such source. */
  readonly rows: (source: string) => LooseRow[];
  /** The first row of a source. */
  readonly row: (source: string) => LooseRow;
}

/** One thing that `explain --json` says is wrong with a host. */
export interface ExplainedTrouble {
  readonly id: string;
  readonly severity: string;
  readonly meaning: string;
  readonly remedy: string;
  readonly details: readonly string[];
  readonly commands: readonly string[];
}
export interface Explained {
  readonly vnics: readonly {
    readonly vm: string;
    readonly status: string;
    readonly reason?: { readonly id: string; readonly detail: string; readonly command?: string };
    readonly findings: readonly { readonly id: string }[];
  }[];
  readonly troubles: readonly ExplainedTrouble[];
}

const fixtures = join(import.meta.dirname, '../fixtures/cases');

/** A recorded host of test/fixtures/cases by its number, played through the program as a user would. */
export class RecordedHost {
  #capture: Capture;

  constructor(file: string, change: (recording: Recording) => void = () => undefined) {
    this.#capture = decodeCapture(readFileSync(join(fixtures, `${file}.json.gz`)), file);
    const documents = this.#capture.documents.map(({ document }) => document as LooseDocument);
    const rows = (source: string): LooseRow[] => {
      const found = documents.flatMap(({ sources }) => sources[source] ?? []);
      if (found.length !== 1) throw new Error(`the recording has ${found.length} sources ${source}`);
      return found[0]!.rows;
    };
    const row = (source: string): LooseRow => {
      const [first] = rows(source);
      if (first === undefined) throw new Error(`source ${source} has no row`);
      return first;
    };
    change({ documents, rows, row });
  }

  /** The same host as `capture` would hand it on. */
  anonymised(): this {
    this.#capture = anonymise(this.#capture, new Uint8Array(32), REASON_FRAGMENTS).capture;
    return this;
  }

  /** The same host, standing still for so many milliseconds more. */
  lasting(milliseconds: number): this {
    const [inventory] = this.#capture.documents;
    this.#capture.documents.push({ ...inventory!, offsetMs: milliseconds });
    return this;
  }

  /** A command of the program with this recording as its source. */
  async run(command: string, ...args: readonly string[]): Promise<Answer> {
    const folder = mkdtempSync(join(tmpdir(), 'recorded '));
    try {
      const file = join(folder, 'host.json.gz');
      writeFileSync(file, gzipSync(JSON.stringify(this.#capture)));
      return await runCli(command, '--source', 'replay', '--replay.file', file, ...args);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  async explained(): Promise<Explained> {
    return JSON.parse((await this.run('explain', '--json')).out) as Explained;
  }

  /** All that is said of the host, its NICs, vSwitches and vNICs, as the metrics show it: `nic NIC1 nic_down`. */
  async said(): Promise<readonly string[]> {
    const { out } = await this.run('metrics');
    const names = new Map<string, string>();
    for (const [, name = '', nic = ''] of out.matchAll(
      /^hyperv_nic_info\{.*?friendly_name="([^"]*)".*?nic="([^"]*)"/gm,
    ))
      names.set(nic, name);
    return [...out.matchAll(/^hyperv_(\w+?)_(?:\w+_blocker|finding|fallback)\{(.*)\} 1$/gm)]
      .map(([, of = '', labels = '']) => {
        const label = (name: string) => labels.match(new RegExp(`(?:^|,)${name}="([^"]*)"`))?.[1];
        const nic = label('nic');
        const who = label('vm') ?? label('vswitch') ?? (nic === undefined ? '' : (names.get(nic) ?? nic));
        return [of, who, label('reason') ?? label('finding')].filter((word) => word !== '').join(' ');
      })
      .sort();
  }

  /** What fires within an hour, in order: the minute in which it first does, its name, and on how many objects. */
  async alerts(): Promise<readonly string[]> {
    const alerting = createAlerting({
      thresholds: defaultThresholds,
      externalLabels: {},
      holdSeconds: 0,
      alertmanagers: [],
      webhooks: [],
      startedAt: NOON,
      log: { warn: (_, message) => expect.unreachable(message) },
      saved: undefined,
      save: () => Promise.resolve(),
    });
    const simulated = simulateHost('healthy', {
      tickSeconds: 60,
      wrap: ({ clock }) => createReplayReader({ capture: this.#capture, clock, speed: 1 }),
    });
    const fired = new Map<string, Set<string>>();
    for await (const { families, at, seconds } of simulated.run(3600)) {
      await alerting.update(families, at, true);
      for (const [key, { name, firedAt, state }] of alerting.state()) {
        if (state !== 'firing' || firedAt !== at / 1000) continue;
        const first = `${seconds / 60} ${name}`;
        fired.set(first, (fired.get(first) ?? new Set()).add(key));
      }
    }
    await alerting.close(simulated.clock.now(), 'stopped');
    await simulated.close();
    return [...fired].map(([first, keys]) => (keys.size === 1 ? first : `${first} (${keys.size})`));
  }
}
