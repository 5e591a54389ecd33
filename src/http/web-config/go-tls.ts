/** Maps names of Go's crypto/tls, which web configuration files of Prometheus exporters use, to names of OpenSSL. */

/** Versions by their name in exporter-toolkit's file, as Node names them. */
export const TLS_VERSIONS = { TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

/** Curves by their name in Go, as OpenSSL names them. */
export const CURVES = { CurveP256: 'P-256', CurveP384: 'P-384', CurveP521: 'P-521', X25519: 'X25519' } as const;

/** Go always enables the suites of TLS 1.3, so they are always enabled here. */
export const TLS13_SUITES = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
] as const;

/** The suites that Go considers secure */
export const TLS12_SUITES = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
} as const;

/** Below TLS 1.3, HTTP/2 requires one of these (RFC 9113, 9.2.2). Go refuses a list without them. */
export const HTTP2_SUITES: readonly string[] = [
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
];

export interface ClientPolicy {
  readonly request: boolean;
  readonly required: boolean;
  readonly verified: boolean;
}
const required = { request: true, required: true, verified: false };

/** What each value of client_auth_type requires. */
export const CLIENT_AUTH = {
  NoClientCert: { request: false, required: false, verified: false },
  RequestClientCert: { request: true, required: false, verified: false },
  RequireAnyClientCert: required,
  RequireClientCert: required,
  VerifyClientCertIfGiven: { request: true, required: false, verified: true },
  RequireAndVerifyClientCert: { request: true, required: true, verified: true },
} as const satisfies Record<string, ClientPolicy>;
