import { describe, expect, it } from 'vitest';
import { diagnose, type Diagnosis } from '../../src/diagnosis/diagnose.ts';
import { DEFAULT_POLICY } from '../../src/diagnosis/policy.ts';
import type { Finding } from '../../src/diagnosis/model.ts';
import { severityOf } from '../../src/diagnosis/severity.ts';
import { REASONS, reasonById } from '../../src/diagnosis/reasons.ts';
import { LEFT_OUT } from '../../src/diagnosis/reasons/left-out.ts';
import type { Reason } from '../../src/diagnosis/reasons/reason.ts';
import { ALERTS } from '../../src/alerting/rules/index.ts';
import { generate } from '../../tools/generate/reasons.ts';
import { CASES, worldOf } from './cases.ts';
import { diagnoseWorld, NIC, SWITCH, trackedHost, WEB } from '../support/hand-made/host.ts';

/** The ids that a diagnosis shows where a row of this kind and subject belongs. */
function shown(row: Reason, diagnosis: Diagnosis): readonly (string | undefined)[] {
  const ids = (findings: readonly Finding[] | undefined) => (findings ?? []).map(({ id }) => id);
  if (row.kind === 'reason') return [diagnosis.vnics.get(WEB)?.reason?.id];
  switch (row.subject) {
    case 'host':
      return ids(diagnosis.host);
    case 'nic':
      return ids(diagnosis.nics.get(NIC)?.findings);
    case 'vswitch':
      return ids(diagnosis.vswitches.get(SWITCH)?.findings);
    case 'vnic':
      return ids(diagnosis.vnics.get(WEB)?.findings);
  }
}

describe('the reason table', () => {
  it('has one case for each of its ids, and no other', () => {
    expect(CASES.map(({ id }) => id).sort()).toEqual(REASONS.map(({ id }) => id).sort());
    expect(new Set(REASONS.map(({ id }) => id)).size).toBe(REASONS.length);
  });

  it.each(CASES)('$id holds on its host and not on a similar one', ({ id, fires, neighbour }) => {
    const row = reasonById(id)!;
    expect(shown(row, diagnoseWorld(worldOf(fires)))).toContain(id);
    expect(shown(row, diagnoseWorld(worldOf(neighbour)))).not.toContain(id);
  });

  it('counts a vNIC that asks for a VF as in fallback for every reason that is a fault', () => {
    for (const { id, fires } of CASES) {
      const row = reasonById(id)!;
      if (row.kind !== 'reason') continue;
      expect([id, diagnoseWorld(worldOf(fires)).vnics.get(WEB)?.fallback]).toEqual([id, row.topic !== 'state']);
    }
  });

  it.each(REASONS)('$id has all its texts', (row) => {
    expect(row.id).toMatch(/^[a-z][a-z0-9_]*$/);
    for (const text of [row.meaning, row.condition, row.remedy]) expect(text).toMatch(/\S/);
    expect(row.meaning).toMatch(/\.$/);
    expect(row.source).toMatch(/^https:\/\/learn\.microsoft\.com\//);
    if (row.topic === 'state') expect(severityOf(row)).toBe('info');
    // An alert decides it, or the row itself.
    expect([row.alert, row.severity]).toContain(undefined);
  });

  it('has the severity that the user has set for the alert', () => {
    const world = worldOf(({ host }) => void (host.vswitches[0]!.vfInUse = 62));
    const severities = { SriovVfPoolExhausted: 'critical', SriovVfFallback: 'info' } as const;
    const its = diagnose(trackedHost(world), world.expectVf, { ...DEFAULT_POLICY, severities });
    expect(its.vnics.get(WEB)?.reason).toMatchObject({ id: 'vf_pool_exhausted', severity: 'critical' });
    expect(diagnoseWorld(world).vnics.get(WEB)?.reason).toMatchObject({ severity: 'warning' });
  });

  it('names alerts that exist', () => {
    const names = new Set<string>(ALERTS.map((alert) => alert.name));
    expect(
      REASONS.flatMap(({ alert, runbook }) => alert ?? runbook ?? []).filter((alert) => !names.has(alert)),
    ).toEqual([]);
  });

  it('is what docs/reasons.md says, with what is left out', async () => {
    const [page] = await generate();
    expect(page?.path).toBe('docs/reasons.md');
    expect([...page!.content.matchAll(/^### (.*)$/gm)].map(([, id]) => id)).toEqual(REASONS.map(({ id }) => id));
    for (const { id } of LEFT_OUT) {
      expect(page!.content).toContain(`- \`${id}\`: `);
      expect(reasonById(id)).toBeUndefined();
    }
  });
});
