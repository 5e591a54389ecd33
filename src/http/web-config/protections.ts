import type { WebConfig } from './load.ts';

/**
 * What a web configuration protects the server with, in the words of a message. A reload may add to this list or change
 * how a protection works, but never shorten it: a file that was emptied or cut looks like one that asks for less.
 */
export function protectionsOf({ tls, users }: WebConfig): readonly string[] {
  const named: readonly (readonly [boolean, string])[] = [
    [tls !== undefined, 'TLS'],
    [tls?.context.minVersion === 'TLSv1.3', 'the minimum of TLS 1.3'],
    [tls?.client.required === true, 'the demand for a client certificate'],
    [tls?.client.verified === true, 'the verification of client certificates'],
    [users.size > 0, 'basic authentication'],
  ];
  return named.flatMap(([on, name]) => (on ? [name] : []));
}

/** The protections that `before` has and `next` has not. */
export function lostProtections(before: WebConfig, next: WebConfig): readonly string[] {
  const kept = new Set(protectionsOf(next));
  return protectionsOf(before).filter((name) => !kept.has(name));
}
