import type { z } from 'zod';
import { didYouMean } from '../../text/did-you-mean.ts';
import { UserError } from '../../errors.ts';
import { pathFault } from '../../files/path.ts';
import { keysAt } from '../../files/schema-keys.ts';
import { type Fault, faultLines, parseYamlFile } from '../../files/yaml.ts';
import { UNSUPPORTED, type WebConfigFile, webConfigSchema } from './schema.ts';

/**
 * Parses the text of a web configuration file.
 * @param file its name for messages
 * @throws UserError with one line for each fault: `file:line: key: what`. Values are never quoted, as they may be secrets
 */
export function parseWebConfig(text: string, file: string, platform = process.platform): WebConfigFile {
  const yaml = parseYamlFile(text);
  const { values, faults } = yaml;
  // The message of the parser is not used, because it may quote the file.
  const syntax = { ...yaml, faults: faults.map(([line]) => [line, 'not valid YAML'] as const) };
  if (faults.length > 0) throw new UserError(faultLines(file, syntax, []).join('\n'));
  // An empty TLS section means no TLS.
  const { tls_server_config: tls, ...rest } = values;
  const empty = typeof tls === 'object' && tls !== null && Object.keys(tls).length === 0;
  const parsed = webConfigSchema.safeParse(empty ? rest : values);
  const found = pathFaults(tls, platform);
  if (parsed.success && found.length === 0) return parsed.data;
  const others = (parsed.error?.issues ?? []).flatMap((issue): Fault[] =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => {
          const keys = [...issue.path, key];
          return { keys, message: () => unknown(keys) };
        })
      : [{ keys: issue.path, message: messageOf(issue) }],
  );
  throw new UserError(faultLines(file, yaml, [...others, ...found]).join('\n'));
}

/** What is said of a key that the schema does not have. */
const unknown = (keys: readonly PropertyKey[]): string =>
  UNSUPPORTED.has(keys.join('.'))
    ? 'is not supported'
    : `unknown field${didYouMean(String(keys.at(-1)), keysAt(webConfigSchema, keys.slice(0, -1)))}`;

/** The faults of the paths in the TLS section. */
function pathFaults(tls: unknown, platform: NodeJS.Platform): Fault[] {
  if (typeof tls !== 'object' || tls === null) return [];
  return Object.entries(tls).flatMap(([key, value]): Fault[] => {
    const message = key.endsWith('_file') && typeof value === 'string' ? pathFault(value, platform) : undefined;
    return message === undefined ? [] : [{ keys: ['tls_server_config', key], message }];
  });
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? 'not a valid name';
  return issue.code === 'invalid_type' && issue.expected === 'object' ? 'expected a mapping' : issue.message;
}
