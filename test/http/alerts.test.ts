import { describe, expect, it } from 'vitest';
import type { AlertInstance } from '../../src/alerting/evaluate.ts';
import { createServer } from '../../src/http/server.ts';
import { deps } from './deps.ts';

const NOW = 1_800_000_000;

const alert = (state: AlertInstance['state'], activeAt: number, severity = 'warning'): AlertInstance => ({
  name: 'SriovVfFallback',
  labels: { alertname: 'SriovVfFallback', severity, vm: 'web<07>' },
  annotations: {
    summary: 'A virtual NIC that asks for a VF is on the synthetic path.',
    description: 'The virtual NIC of web<07> has had no VF for 10 minutes.',
    remedy: 'Free a VF.',
    runbook_url: 'https://runbooks.example/SriovVfFallback.md',
  },
  value: 0,
  state,
  activeAt,
  ...(state === 'pending' ? {} : { firedAt: activeAt + 600 }),
  ...(state === 'resolved' ? { resolvedAt: NOW - 60 } : {}),
});

const some = [alert('resolved', NOW - 3000), alert('pending', NOW - 60), alert('firing', NOW - 900)];
const get = async (url: string, alerts: readonly AlertInstance[] | undefined) =>
  createServer(deps(alerts === undefined ? {} : { host: { alerts: () => alerts } })).inject(url);

describe('/api/v1/alerts', () => {
  it('lists them, what fires first, with times that are known', async () => {
    const { enabled, alerts } = (await get('/api/v1/alerts', some)).json();
    expect(enabled).toBe(true);
    expect(alerts.map(({ state }: AlertInstance) => state)).toEqual(['firing', 'pending', 'resolved']);
    const { name, labels, annotations } = alert('firing', 0);
    expect(alerts[0]).toEqual({
      name,
      state: 'firing',
      labels,
      annotations,
      value: 0,
      activeAt: '2027-01-15T07:45:00.000Z',
      firedAt: '2027-01-15T07:55:00.000Z',
    });
    expect(alerts[2].resolvedAt).toBe('2027-01-15T07:59:00.000Z');
  });

  it('gives those in one state, and refuses one that there is not', async () => {
    expect((await get('/api/v1/alerts?state=pending', some)).json().alerts).toHaveLength(1);
    expect((await get('/api/v1/alerts?state=angry', some)).statusCode).toBe(400);
  });

  it('says where alerting is off', async () => {
    expect((await get('/api/v1/alerts', undefined)).json()).toEqual({ enabled: false, alerts: [] });
  });
});

describe('the status page', () => {
  it('lists what fires, the worst first, with text, remedy and runbook, escaped', async () => {
    const page = (await get('/', [...some, alert('firing', NOW - 30, 'critical')])).body;
    expect(page).toContain('2 firing, 1 pending, 1 resolved in the last 15 minutes.');
    expect(page).toContain('<a href="https://runbooks.example/SriovVfFallback.md">SriovVfFallback</a>');
    expect(page).toContain('The virtual NIC of web&lt;07&gt; has had no VF');
    expect(page).toContain('Free a VF.');
    const section = page.slice(page.indexOf('id="alerts-title"'));
    expect(section.indexOf('badge critical')).toBeGreaterThan(-1);
    expect(section.indexOf('badge critical')).toBeLessThan(section.indexOf('badge warning'));
  });

  it('says so where nothing fires, and has no such section where alerting is off', async () => {
    expect((await get('/', [])).body).toContain('0 firing, 0 pending');
    expect((await get('/', undefined)).body).not.toContain('alerts-title');
  });
});
