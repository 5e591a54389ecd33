import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, visit } from 'yaml';
import { UserError } from '../../../src/errors.ts';
import { readWebConfig } from '../../../src/http/web-config/load.ts';
import { CLIENT_AUTH, CURVES, TLS12_SUITES, TLS_VERSIONS } from '../../../src/http/web-config/go-tls.ts';
import { HOSTILE_TEXTS, mutated, mutateText } from '../mutate.ts';
import { fixtureTexts } from '../seeds.ts';
import { invariant, type Surface } from '../surface.ts';

/** Stands for a secret: no message may have it. */
const SECRET = 'fuzzsecret';
const HASH = `$2y$10$${'a'.repeat(53)}`;

/**
 * The faults that exporter-toolkit's own tests have, in files of our own: github.com/prometheus/exporter-toolkit,
 * web/testdata/*.bad.yml and web/tls_config_test.go.
 */
const TOOLKIT = [
  // web_config_junk_key, web_config_noAuth
  `tls_server_config: { cert_file: a.crt, key_filse: ${SECRET} }`,
  'tls_server_config: { cert_file: "", key_file: "" }',
  // web_config_noAuth_certPath_empty, _keyPath_empty, _cert_empty, _key_empty, _certPath_keyPath_empty
  'tls_server_config: { cert_file: "", key_file: a.key }',
  'tls_server_config: { cert_file: a.crt, key_file: "" }',
  `tls_server_config: { cert: "", key: "${SECRET}" }`,
  `tls_server_config: { cert: "${SECRET}", key: "" }`,
  // web_config_noAuth_certPath_invalid, _keyPath_invalid
  'tls_server_config: { cert_file: somefile, key_file: otherfile }',
  // web_config_noAuth_inventedCiphers, _inventedCurves, _wrongTLSVersion, _noHTTP2Cipher
  'tls_server_config: { cert_file: a, key_file: b, cipher_suites: [TLS_RSA_WITH_AES_2048] }',
  'tls_server_config: { cert_file: a, key_file: b, curve_preferences: [CurveP257] }',
  'tls_server_config: { cert_file: a, key_file: b, min_version: TLS111 }',
  'tls_server_config: { cert_file: a, key_file: b, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA] }',
  // web_config_auth_clientCAs_invalid, _nocerts, _clientCAsText_nocerts
  'tls_server_config: { cert_file: a, key_file: b, client_auth_type: RequireAndVerifyClientCert, client_ca_file: nowhere }',
  `tls_server_config: { cert_file: a, key_file: b, client_auth_type: VerifyClientCertIfGiven, client_ca: "${SECRET}" }`,
  // web_config_auth_client_san, _san_no_client_auth, web_config.auth_client_common_name
  'tls_server_config: { cert_file: a, key_file: b, client_auth_type: RequireAnyClientCert, client_allowed_sans: [a] }',
  // web_config_auth_user_list_invalid, web_config_users
  `basic_auth_users: { john: doe, "": "${HASH}" }`,
  `basic_auth_users: { alice: "${HASH}", bob: "$2y$14$${SECRET}" }`,
  // web_config_headers_extra_header, _content_type_options, _frame_options
  'http_server_config: { headers: { X-Extra: a } }',
  'http_server_config: { headers: { X-Content-Type-Options: sniff } }',
  'http_server_config: { headers: { X-Frame-Options: allow } }',
  // web_config_rate_limiter_*, web_config_dscp_high, web_config_ipv4_ttl_zero, web_config_tokens
  'rate_limit: { interval: 1s, burst: 20 }',
  'http_server_config: { http2: maybe, dscp: 64 }',
  `bearer_tokens: [${SECRET}]`,
];
const GOOD = [
  '',
  `basic_auth_users: { alice: "${HASH}" }`,
  'http_server_config: { http2: false, headers: { X-Frame-Options: deny, Strict-Transport-Security: max-age=60 } }',
];
const WORDS = [
  '\n',
  ': ',
  '- ',
  '&a ',
  '*a',
  '{',
  '}',
  '[',
  ']',
  '"',
  '!!binary ',
  'tls_server_config: ',
  'http_server_config: ',
  'basic_auth_users: ',
  'headers: ',
  'cert: ',
  'key: ',
  'client_ca: ',
  'client_auth_type: ',
  'cipher_suites: ',
  'http2: ',
  HASH,
  '-----BEGIN CERTIFICATE-----\n',
  ...Object.keys(CLIENT_AUTH),
  ...Object.keys(CURVES),
  ...Object.keys(TLS12_SUITES),
  ...Object.keys(TLS_VERSIONS),
  ...HOSTILE_TEXTS,
];

/** Web configuration files, with the certificates that they name or hold. */
export function webConfiguration(folder: string): Surface {
  const file = join(folder, 'web.yml');
  const seeds = [...fixtureTexts('web-config', /\.yml$/), ...TOOLKIT, ...GOOD];
  return {
    name: 'web-configuration',
    make(random) {
      const text = mutated(random.pick(seeds), random, 6, (former, by) => mutateText(former, by, WORDS));
      return {
        input: text,
        async check() {
          writeFileSync(file, text);
          const { result, fingerprint } = await readWebConfig(file);
          invariant(/^[0-9a-f]{64}$/.test(fingerprint), 'no fingerprint');
          if (!(result instanceof UserError)) {
            for (const value of Object.values(result.headers)) invariant(!/[\r\n\0]/.test(value), 'a header is two');
            return 'accepted';
          }
          invariant(result.message !== '' && result.message.length < 64 * 1024, 'no message, or an endless one');
          invariant(
            !result.message.includes(SECRET) || keysOf(text).some((key) => key.includes(SECRET)),
            `the message has a value of the file: ${result.message}`,
          );
          return 'refused';
        },
      };
    },
  };
}

/** All keys of a file; a mutation may have made a key of the secret, and keys are named. */
function keysOf(text: string): readonly string[] {
  const keys: string[] = [];
  visit(parseDocument(text.replace(/^\uFEFF/, '')), { Pair: (_, { key }) => void keys.push(String(key)) });
  return keys;
}
