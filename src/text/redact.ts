const HIDDEN = '[redacted]';

/** A text in which user, password, query and fragment of each URL are replaced. */
export const hideUrlSecrets = (text: string): string =>
  text.includes('://') ? text.replace(/\S+/g, (word) => (word.includes('://') ? withoutUrlSecrets(word) : word)) : text;

/** A word with a URL in it. All up to its last @ may be a password, which may hold what a URL would have escaped. */
function withoutUrlSecrets(word: string): string {
  // A file on this machine, as in a stack
  if (/^[^/]*\bfile:\/\/\/(?!.*:\/\/)/.test(word)) return word;
  const start = word.indexOf('://') + 3;
  const user = word.lastIndexOf('@');
  const address = user < start ? word : `${word.slice(0, start)}${HIDDEN}${word.slice(user)}`;
  const end = address.search(/[?#]/);
  // A fragment of one word is a place in a document.
  return end === -1 || /^#[\w.-]*$/.test(address.slice(end)) ? address : `${address.slice(0, end + 1)}${HIDDEN}`;
}

/** What an address or a name consists of */
const OF_WORD = /[\p{L}\p{N}\p{M}.:_%-]/u;
/** How far from the wanted place a text is cut at a blank, which no URL and no address has */
const NEAR = 256;

/** The place of a blank near `at`, or else of what ends a word; `at` itself in a text without either. */
function placeToCut(text: string, at: number, step: 1 | -1): number {
  const seek = (isEnd: (character: string) => boolean, most: number): number | undefined => {
    for (let place = at; place >= 0 && place < text.length && Math.abs(place - at) < most; place += step)
      if (isEnd(text.charAt(place))) return place;
    return undefined;
  };
  return (
    seek((character) => /\s/.test(character), NEAR) ?? seek((character) => !OF_WORD.test(character), text.length) ?? at
  );
}

/**
 * The beginning of a text, for a message, with the mark `…` where it was cut. Secrets of URLs are replaced before the
 * cut, and it is cut between words, so that what looks for addresses and names later finds them complete.
 */
export function head(text: string, most: number): string {
  const clean = hideUrlSecrets(text);
  return clean.length <= most ? clean : `${clean.slice(0, placeToCut(clean, most, -1))}…`;
}

/** The end of a text; as `head`. */
export function tail(text: string, most: number): string {
  const clean = hideUrlSecrets(text);
  if (clean.length <= most) return clean;
  const start = placeToCut(clean, clean.length - most - 1, 1);
  return `…${clean.slice(start + 1)}`;
}

/**
 * A text without these secrets, as they are and as JSON and URLs write them.
 * @param isCut whether the text ends where it was cut: the beginning of a secret there is replaced too
 */
export function withoutSecrets(text: string, secrets: readonly string[], isCut: boolean): string {
  const hidden = new Uint8Array(text.length);
  for (const secret of new Set(secrets.flatMap(spellings))) {
    for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + 1))
      hidden.fill(1, at, at + secret.length);
    if (!isCut) continue;
    let length = Math.min(secret.length - 1, text.length);
    while (length > 0 && !text.endsWith(secret.slice(0, length))) length--;
    hidden.fill(1, text.length - length);
  }
  let clean = '';
  for (let at = 0; at < text.length; at++)
    if (hidden[at] === 0) clean += text.charAt(at);
    else if (at === 0 || hidden[at - 1] === 0) clean += HIDDEN;
  return clean;
}

const spellings = (secret: string): readonly string[] =>
  secret === '' ? [] : [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())];
