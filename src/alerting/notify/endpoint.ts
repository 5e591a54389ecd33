import { OperationalError } from '../../errors.ts';
import { type Access, type AccessConfig, openAccess, readSecret } from '../../http-client/access.ts';

const OWNER = 'an alert receiver';

/** A receiver of alerts as in the configuration. */
export interface ReceiverConfig extends AccessConfig {
  readonly url?: string | undefined;
  readonly url_file?: string | undefined;
}

/** Where and how alerts are sent. */
export interface Endpoint extends Access {
  /** For an Alertmanager the base URL with its path prefix, if any. For a webhook the whole URL */
  readonly url: string;
}

/** Reads the files of a receiver. @throws OperationalError as openAccess, also if `url_file` has no URL */
export const openEndpoint = ({ url, url_file = '', ...access }: ReceiverConfig): Endpoint => ({
  url: url ?? readUrl(url_file),
  ...openAccess(access, OWNER),
});

function readUrl(path: string): string {
  const url = readSecret(path, OWNER);
  if (/^https?:/.test(url) && URL.canParse(url) && new URL(url).username === '') return url;
  throw new OperationalError(
    'secret_file_unreadable',
    `${path} of ${OWNER} must hold an http:// or https:// URL without user and password`,
  );
}
