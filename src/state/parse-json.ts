/**
 * Parses JSON of a state file. Half a surrogate pair becomes the replacement character, as in documents
 * (document/values.ts): UTF-8 cannot hold it, and encodeURIComponent throws for it.
 * @throws SyntaxError if the text is not JSON
 */
export const parseJson = (text: string): unknown =>
  JSON.parse(text, (_, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value));
