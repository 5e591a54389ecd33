import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Part } from '../../../src/document/document.ts';
import { windows } from '../../../src/document/enumerations.ts';
import { tool } from '../tools.ts';

/** Folder of the stub modules: first in PSModulePath, so that they stand for Windows' own. */
export const stubFolder = join(import.meta.dirname, 'stubs');
/** Folder of the agent's modules. */
export const moduleFolder = join(import.meta.dirname, '../../../src/collect/powershell');

/** A property as the stub hands it out; what is not named is missing, as on an older Windows. */
export type StubValue =
  | string
  | number
  | boolean
  | null
  | readonly StubValue[]
  | { readonly throws: string }
  | { readonly raw: StubValue; readonly word: string }
  | { readonly from: string; readonly perSecond: number }
  | { readonly [property: string]: StubValue };
export type StubObject = Readonly<Record<string, StubValue>>;

/** What one cmdlet does: its rows, then its errors; or it throws, or this Windows does not have it. */
export interface StubCall {
  readonly type?: string;
  readonly rows?: readonly StubObject[];
  /** Rows of hidden NICs, shown with -IncludeHidden only */
  readonly hidden?: readonly StubObject[];
  /** Of Get-WinEvent: the one log and provider that have entries */
  readonly log?: { readonly channel: string; readonly provider: string };
  readonly errors?: readonly { readonly message: string; readonly id?: string }[];
  readonly throw?: string;
  readonly missing?: boolean;
  /** The account may not read it */
  readonly forbidden?: boolean;
}

export interface StubCounterSet {
  readonly types?: Readonly<Record<string, number>>;
  readonly rows?: readonly { readonly instance: string; readonly values: StubObject }[];
  readonly throw?: string;
}

/** A host of cmdlet-shaped objects, as the stub modules read it from $env:HYPERV_STUB_HOST. */
export interface StubHost {
  /** Plain objects instead of counted ones: faster, and nothing may throw. */
  readonly plain?: boolean;
  /** The time that entries of the event log are compared with, Unix milliseconds; the true one if absent */
  readonly clock?: number;
  /** Unix milliseconds from which `{ from, perSecond }` values go on */
  readonly at?: number;
  readonly calls: Readonly<Record<string, StubCall>>;
  readonly counters?: Readonly<Record<string, StubCounterSet>>;
  readonly registry?: Readonly<Record<string, Readonly<Record<string, StubValue>>>>;
  readonly services?: readonly { readonly Name: string; readonly Status: string }[];
}

/** The file of a stub host: beside it the enumerations that its objects' properties are of. */
export const stubHostFile = (host: StubHost): string => JSON.stringify({ ...host, enumerations: windows });

export interface ModuleCase {
  readonly part: Part;
  readonly host: StubHost;
  readonly options?: {
    readonly IncludeIPAddresses?: true;
    readonly ExcludeSource?: string;
    readonly WithinMs?: number;
  };
  /** Name of the engine's culture for this run; en-US if absent */
  readonly culture?: string;
}

const moduleSource = z.object({
  status: z.string(),
  rows: z.array(z.record(z.string(), z.unknown())),
  errors: z.array(z.string()),
  types: z.record(z.string(), z.number()).optional(),
});
export type ModuleSource = z.infer<typeof moduleSource>;

const moduleDocument = z.looseObject({ sources: z.record(z.string(), moduleSource) });

const stubReport = z.object({
  /** Cmdlets in the order called */
  calls: z.array(z.string()),
  /** Reads by `Type.Property` */
  reads: z.record(z.string(), z.number()),
  /** What is left in $Error */
  errors: z.number(),
});

export interface ModuleResult extends z.infer<typeof stubReport> {
  readonly document: z.infer<typeof moduleDocument>;
}

/** The environment of a PowerShell engine in tests: no colour, and the module path as given. */
export const shellEnv = (...folders: readonly string[]): NodeJS.ProcessEnv => ({
  ...process.env,
  TERM: 'dumb',
  NO_COLOR: '1',
  PSModulePath: folders.join(delimiter),
});

/** Runs a script file of test/support/pwsh and returns what it wrote to standard output. */
export function runScript(name: string, ...args: readonly string[]): string {
  const file = join(import.meta.dirname, name);
  return execFileSync(tool('pwsh'), ['-NoProfile', '-NonInteractive', '-File', file, ...args], {
    env: shellEnv(stubFolder, moduleFolder),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
}

/** Decodes every frame of an output: id, status and payload. Throws where a length does not match. */
export function decodeFrames(output: string): { id: number; status: string; payload: unknown }[] {
  return [...output.matchAll(/@HVSRIOV1 (\d+) (ok|error) (\d+) (\S*)@END/g)].map(([, id, status, length, text]) => {
    if (text!.length !== Number(length)) throw new Error(`frame ${id}: ${text!.length} characters, not ${length}`);
    return {
      id: Number(id),
      status: status!,
      payload: JSON.parse(gunzipSync(Buffer.from(text!, 'base64')).toString()),
    };
  });
}

/** Runs the module once for each case, all in one engine, and returns what came out in the same order. */
export function runModule(cases: readonly ModuleCase[]): ModuleResult[] {
  const folder = mkdtempSync(join(tmpdir(), 'hyperv-stub-'));
  try {
    const hosts = new Map<StubHost, string>();
    const list = cases.map(({ part, host, options, culture = 'en-US' }, id) => {
      const path = hosts.get(host) ?? join(folder, `host-${hosts.size}.json`);
      if (!hosts.has(host)) writeFileSync(path, stubHostFile(host));
      hosts.set(host, path);
      return { id, part, host: path, options: options ?? {}, culture };
    });
    const casesPath = join(folder, 'cases.json');
    writeFileSync(casesPath, JSON.stringify(list));
    const output = runScript('run-cases.ps1', casesPath);
    const frames = decodeFrames(output);
    const reports = [...output.matchAll(/@STUB \d+ (\S+)@END/g)];
    if (frames.length !== cases.length || reports.length !== cases.length)
      throw new Error(`module run:\n${output.slice(0, 4000)}`);
    return frames.map(({ status, payload }, index) => {
      if (status !== 'ok') throw new Error(`case ${index}: ${JSON.stringify(payload)}`);
      const report = stubReport.parse(JSON.parse(Buffer.from(reports[index]![1]!, 'base64').toString()));
      return Object.assign(report, { document: moduleDocument.parse(payload) });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
