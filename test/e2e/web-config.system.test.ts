import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { alertRules } from '../alerting/rule-files.ts';
import { createAuthority, type KeyPair } from '../support/certificates.ts';
import { type Exporter, startExporter } from '../support/servers/exporter.ts';
import { type Prometheus, startPrometheus } from '../support/servers/prometheus.ts';
import { until } from '../support/servers/until.ts';
import { describeWith, tool } from '../support/tools.ts';

const run = promisify(execFile);
const PASSWORD = 'correct horse battery staple';
const NEXT_PASSWORD = 'another one';

describeWith(['openssl', 'curl', 'prometheus'], 'TLS, client certificates and basic authentication', () => {
  const folder = mkdtempSync(join(tmpdir(), 'web config ü '));
  let ca: string;
  let client: KeyPair;
  let stranger: KeyPair;
  let exporter: Exporter;
  let prometheus: Prometheus | undefined;

  const hash = (password: string) => hashSync(password, 8);
  const webConfig = (users: Record<string, string>) =>
    stringify({
      tls_server_config: {
        cert_file: 'server.crt',
        key_file: 'server.key',
        client_ca_file: 'ca.crt',
        client_auth_type: 'RequireAndVerifyClientCert',
      },
      http_server_config: { headers: { 'Strict-Transport-Security': 'max-age=63072000' } },
      basic_auth_users: users,
    });
  const write = (text: string) => writeFileSync(join(folder, 'web.yml'), text);

  /** curl as an administrator would call it; rejects when no answer came. */
  const curl = async (
    path: string,
    {
      password = PASSWORD,
      pair = client,
      more = [],
    }: { readonly password?: string; readonly pair?: KeyPair | 'none'; readonly more?: readonly string[] } = {},
  ) => {
    const { stdout } = await run(tool('curl'), [
      '--silent',
      '--show-error',
      '--cacert',
      ca,
      ...(pair === 'none' ? [] : ['--cert', pair.cert, '--key', pair.key]),
      ...(password === '' ? [] : ['--user', `scraper:${password}`]),
      '--write-out',
      '\n%{http_code} %{http_version}',
      ...more,
      `https://localhost:${exporter.port}${path}`,
    ]);
    const end = stdout.lastIndexOf('\n');
    const [status, version] = stdout.slice(end + 1).split(' ');
    return { status: Number(status), version, body: stdout.slice(0, end) };
  };

  beforeAll(async () => {
    const authority = createAuthority(folder);
    ({ ca } = authority);
    authority.issue('server');
    client = authority.issue('client');
    stranger = createAuthority(folder, 'strangers').issue('stranger');
    write(webConfig({ scraper: hash(PASSWORD) }));
    exporter = await startExporter(
      ['--source', 'demo', '--demo.scenario', 'healthy', '--web.config.file', join(folder, 'web.yml')],
      { readyByLog: true },
    );
  });

  afterAll(async () => {
    await Promise.all([prometheus?.stop(), exporter?.stop()]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('accepts the scraper, over HTTP/2, with the headers of the file', async () => {
    const answer = await until('the first poll', async () => {
      const got = await curl('/metrics', { more: ['--include'] });
      return got.body.includes('hyperv_vnic_info{') && got;
    });
    expect(answer).toMatchObject({ status: 200, version: '2' });
    expect(answer.body).toMatch(/^strict-transport-security: max-age=63072000/im);
    expect(await curl('/metrics', { more: ['--http1.1'] })).toMatchObject({ status: 200, version: '1.1' });
  });

  it('asks for the password on every path', async () => {
    for (const path of ['/', '/metrics', '/-/healthy', '/api/v1/host', '/nowhere'])
      expect(await curl(path, { password: '' }), path).toMatchObject({ status: 401 });
    expect(await curl('/metrics', { password: 'wrong' })).toMatchObject({ status: 401 });
    expect(await curl('/metrics', { more: ['--user', `nobody:${PASSWORD}`] })).toMatchObject({ status: 401 });
  });

  it('refuses clients without a certificate of its authority, plain HTTP and old TLS', async () => {
    await expect(curl('/metrics', { pair: 'none' })).rejects.toThrow();
    await expect(curl('/metrics', { pair: stranger })).rejects.toThrow();
    await expect(curl('/metrics', { more: ['--tls-max', '1.1', '--tlsv1.0'] })).rejects.toThrow();
    await expect(fetch(`http://127.0.0.1:${exporter.port}/metrics`)).rejects.toThrow();
  });

  it('is scraped by Prometheus with client certificate and password', async () => {
    prometheus = await startPrometheus({
      config: {
        scrape_configs: [
          {
            job_name: 'hyperv-sriov',
            scheme: 'https',
            tls_config: { ca_file: ca, cert_file: client.cert, key_file: client.key },
            basic_auth: { username: 'scraper', password: PASSWORD },
            static_configs: [{ targets: [`localhost:${exporter.port}`] }],
          },
        ],
      },
    });
    const { log } = prometheus;
    await until('it is up', async () => (await prometheus?.value('up')) === 1, { why: log });
    expect(await prometheus.value('count(hyperv_vnic_info)')).toBeGreaterThan(50);
  });

  it('says when its certificate expires, and the rule warns two weeks before', async () => {
    const { stdout } = await run(tool('openssl'), ['x509', '-in', join(folder, 'server.crt'), '-noout', '-enddate']);
    const expires = Date.parse(stdout.replace('notAfter=', '')) / 1000;
    expect(await prometheus?.value('hyperv_exporter_tls_certificate_expiry_timestamp_seconds')).toBe(expires);
    const { expr = '' } = alertRules.find(({ alert }) => alert === 'SriovCertificateExpires') ?? {};
    const left = await prometheus?.value(expr);
    expect(Math.abs((left ?? 0) - (expires - Date.now() / 1000))).toBeLessThan(30);
    // On the last day before those two weeks it says nothing yet.
    expect(await prometheus?.value(expr.replace('time()', '(time() - 13 * 86400)'))).toBeUndefined();
  });

  it('follows its files: a new password, a new certificate; a faulty file changes nothing', async () => {
    write('basic_auth_users: { scraper: plain }\n');
    await until('the fault is logged', () => exporter.log().includes('web configuration is not loaded'));
    expect(await curl('/-/healthy')).toMatchObject({ status: 200 });

    write('');
    await until('the emptied file is refused', () => exporter.log().includes('no longer has TLS'));
    expect(await curl('/metrics', { password: '' })).toMatchObject({ status: 401 });
    await expect(curl('/metrics', { pair: 'none' })).rejects.toThrow();
    await until('the metric says so', async () =>
      (await curl('/metrics')).body.includes('hyperv_exporter_config_last_reload_successful 0'),
    );

    const other = createAuthority(folder, 'other');
    const { cert, key } = other.issue('renewed');
    copyFileSync(cert, join(folder, 'server.crt'));
    copyFileSync(key, join(folder, 'server.key'));
    write(webConfig({ scraper: hash(NEXT_PASSWORD) }));
    ({ ca } = other);
    await until('the new certificate and password are in use', async () => {
      const { status } = await curl('/-/healthy', { password: NEXT_PASSWORD });
      return status === 200;
    });
    expect(await curl('/-/healthy')).toMatchObject({ status: 401 });
  });

  it('logs neither passwords nor hashes', () => {
    const log = exporter.log();
    expect(log).toContain('web configuration loaded');
    expect(log.match(/web configuration is not loaded/g)).toHaveLength(2);
    for (const secret of [PASSWORD, NEXT_PASSWORD, '$2']) expect(log).not.toContain(secret);
  });
});
