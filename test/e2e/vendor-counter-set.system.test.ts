import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { windows } from '../../src/document/enumerations.ts';
import { fixture, source } from '../support/documents.ts';

const root = join(import.meta.dirname, '../..');
const copy = mkdtempSync(join(tmpdir(), 'vendor-set-'));

/** The one edit by hand that docs/architecture.md names: a row in the table of what is read. */
const TABLE = 'src/document/queries/activity.ts';
const ROW = `
  counters_madeup_vf: vfCounterSet('Made-Up NICs', 'Made-Up VF Traffic', {
    receiveBytes: 'Octets In',
    transmitBytes: 'Octets Out',
  }),`;

describe("a new vendor's counter set in a copy of the sources", () => {
  beforeAll(() => {
    for (const path of [
      'src',
      'tools',
      'dashboards',
      'alerts',
      'docs',
      'test/support',
      'packaging',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.tools.json',
    ])
      cpSync(join(root, path), join(copy, path), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const table = readFileSync(join(copy, TABLE), 'utf8');
    const [start, rest] = table.split('export const activity = {');
    writeFileSync(join(copy, TABLE), `${start}export const activity = {${ROW}${rest}`);
    const node = (...args: readonly string[]) => execFileSync(process.execPath, args, { cwd: copy, encoding: 'utf8' });
    node(join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.tools.json');
    node('.cache/build/tools/generate.js');
    cpSync(join(copy, 'package.json'), join(copy, '.cache/build/package.json'));
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it('is asked for by the PowerShell module, in any spelling, and stands in the page of what is read', () => {
    const queries = readFileSync(join(copy, 'src/collect/powershell/HyperVSriov/Queries.psd1'), 'utf8');
    expect(queries).toMatch(
      /counters_madeup_vf = @\{\s+Set\s+= 'Made-Up VF Traffic'\s+Counter\s+= @\('Octets In', 'Octets Out'\)\s+Average\s+= @\(\)\s+AnySpelling = \$true/,
    );
    expect(readFileSync(join(copy, 'docs/what-is-read.md'), 'utf8')).toContain(
      'May be missing: only Made-Up NICs brings it.',
    );
  });

  it("becomes the VF's traffic metrics", () => {
    const activity = fixture('set-activity');
    activity.sources['counters_madeup_vf'] = {
      ...source(activity, 'counters_virtual_switch'),
      rows: [
        {
          instance: 'Mellanox ConnectX-5 Adapter [Port 1], VF 3',
          values: { 'Octets In': '9000', 'Octets Out': '70' },
        },
      ],
      types: {
        'Octets In': windows.CounterType.PERF_COUNTER_BULK_COUNT,
        'Octets Out': windows.CounterType.PERF_COUNTER_BULK_COUNT,
      },
    };
    const documents = [fixture('set-inventory'), activity].map((document) => ({
      part: document.part,
      offsetMs: 0,
      document,
    }));
    const file = join(copy, 'host.json.gz');
    writeFileSync(
      file,
      gzipSync(JSON.stringify({ schema: 1, agent: '0.1.0', startedAt: 1_700_000_000_000, documents })),
    );
    const exposition = execFileSync(
      process.execPath,
      ['.cache/build/src/main.js', 'metrics', '--source', 'replay', '--replay.file', file],
      { cwd: copy, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    );
    expect(exposition).toMatch(/^hyperv_vf_receive_bytes_total\{.*\} 9000$/m);
    expect(exposition).toMatch(/^hyperv_vf_transmit_bytes_total\{.*\} 70$/m);
    expect(exposition).not.toMatch(/^hyperv_vf_receive_packets_total\{/m);
  });
});
