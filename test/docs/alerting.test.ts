import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { toWebhook } from '../../src/alerting/notify/payload.ts';
import { loadConfig } from '../../src/config/load.ts';
import { alertOf } from '../alerting/notify/support.ts';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/alerting.md'), 'utf8');
const blocks = (language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\\n(.*?)^ *\`\`\`$`, 'gms'))].map((match) => match[2] ?? '');

it('every configuration in docs/alerting.md is one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'docs '));
  const configurations = blocks('yaml').filter((block) => block.includes('alerting:'));
  expect(configurations.length).toBeGreaterThan(1);
  for (const block of configurations) {
    const file = join(folder, 'config.yaml');
    // The collector of the example runs on Linux.
    writeFileSync(file, process.platform === 'win32' ? block.replaceAll('/var/lib', 'C:/var/lib') : block);
    expect(() => loadConfig({ flags: new Map([['config.file', file]]), environment: {} }), block).not.toThrow();
  }
  rmSync(folder, { recursive: true });
});

it('the inhibition that it quotes is that of the sample', () => {
  const quoted = blocks('yaml').find((block) => block.includes('source_matchers'));
  const { inhibit_rules: rules } = parse(readFileSync(join(root, 'alerts/alertmanager.yml'), 'utf8')) as {
    inhibit_rules: unknown[];
  };
  expect(rules).toContainEqual((parse(quoted ?? '') as unknown[])[0]);
});

it('the payload that it shows has the fields of one that is sent', () => {
  const shown = JSON.parse(blocks('json')[0] ?? '') as { alerts: object[] };
  const sent = toWebhook([alertOf('web07')], true) as { alerts: object[] };
  expect(Object.keys(shown)).toEqual(Object.keys(sent));
  expect(Object.keys(shown.alerts[0] ?? {})).toEqual(Object.keys(sent.alerts[0] ?? {}));
});
