import { UserError } from '../../errors.ts';
import { parseYamlFile } from '../../yaml-file.ts';
import { UNSUPPORTED, type WebConfigFile, webConfigSchema } from './schema.ts';

/**
 * Parses the text of a web configuration file; `file` is its name for messages.
 * Throws a UserError with every fault on a line of its own, `file:line: key: what`. Values, which may be secrets,
 * are never part of a message.
 */
export function parseWebConfig(text: string, file: string): WebConfigFile {
  // oxlint-disable-next-line typescript/unbound-method -- a closure, without this
  const { values, faults, line } = parseYamlFile(text);
  if (faults.length > 0) throw new UserError(faults.map(([at]) => `${file}:${at}: not valid YAML`).join('\n'));
  // An empty TLS section is TLS off
  const { tls_server_config: tls, ...rest } = values;
  const empty = typeof tls === 'object' && tls !== null && Object.keys(tls).length === 0;
  const parsed = webConfigSchema.safeParse(empty ? rest : values);
  if (parsed.success) return parsed.data;
  const messages = parsed.error.issues.flatMap((issue): [readonly PropertyKey[], string][] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => {
          const path = [...issue.path, key];
          return [path, UNSUPPORTED.has(path.join('.')) ? 'is not supported' : 'unknown field'];
        })
      : issue.code === 'invalid_key'
        ? [[issue.path, issue.issues[0]?.message ?? 'not a valid name']]
        : [
            [
              issue.path,
              issue.code === 'invalid_type' && issue.expected === 'object' ? 'expected a mapping' : issue.message,
            ],
          ],
  );
  throw new UserError(
    messages
      .map(([path, message]) => ({ at: line(path), text: `${path.map(String).join('.')}: ${message}` }))
      .sort((a, b) => a.at - b.at)
      .map((fault) => `${file}:${fault.at}: ${fault.text}`)
      .join('\n'),
  );
}
