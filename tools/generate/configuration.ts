import { SETTINGS } from '../../src/config/settings.ts';
import type { GeneratedFile } from './file.ts';
import { table } from './markdown.ts';

const INTRODUCTION = `<!-- Generated from src/config/schema.ts by npm run generate. Do not edit. -->

# Configuration

All settings are optional. A setting is taken from the first of these that has it:

1. a flag: \`--web.listen-address :10182\`; a boolean flag is given without a value, or as \`--no-…\` to turn it off;
   a list has commas, in a variable too, or its flag is repeated;
2. an environment variable: \`HYPERV_SRIOV_WEB_LISTEN_ADDRESS=:10182\`;
3. the YAML file that \`--config.file\` (or \`HYPERV_SRIOV_CONFIG_FILE\`) names, where dots are levels:

\`\`\`yaml
web:
  listen-address: ":10182"
expect_vf:
  - { vm: "template-.*", expect: false }
\`\`\`

\`config check\` lists every fault with file, line and key; \`config print\` shows the settings in use, with secrets hidden. Relative
paths in the file start at the file's folder. Durations are written \`15s\`, \`10m\`, \`1h30m\`. Patterns are regular
expressions that must match the whole name.

Files are UTF-8 or UTF-16 with a byte order mark, with LF or CRLF. Write a Windows path in single quotes or without
quotes: in double quotes, YAML reads a backslash and the letter after it as an escape sequence. A path that depends on the
current drive (\`C:state\`, \`\\state\`) is refused.

Settings marked *reload* take effect when the file changes, on \`POST /-/reload\` (where \`web.enable-lifecycle\` is set) and, except on Windows, on SIGHUP; the others need
a restart. A reload waits until the files have not changed for 0.25 s (5 s at most), since an editor may write them in pieces. A file with faults is refused, and the previous configuration stays in use. At the start the log says which file was read, or that none was.

## Behind a reverse proxy

Set \`web.external-url\` to the URL that people and Prometheus use:

\`\`\`yaml
web:
  listen-address: "127.0.0.1:10182"
  external-url: https://monitoring.example.com/hyperv/hv01
\`\`\`

All endpoints then begin with its path, here \`/hyperv/hv01/metrics\`, and so do all links in the pages. If the proxy removes the path before it forwards a
request, also set \`web.route-prefix: /\`: the endpoints then begin at the root, and the links stay as they are. Both settings work as in Prometheus.
\`explain --url\` takes the URL with its path.
`;

/** docs/configuration.md: every setting. */
export async function generate(): Promise<GeneratedFile[]> {
  const rows = SETTINGS.map((setting) => [
    `\`${setting.name}\``,
    setting.choices === undefined ? setting.kind : setting.choices.map((choice) => `\`${choice}\``).join(', '),
    setting.default === undefined
      ? ''
      : `\`${typeof setting.default === 'string' ? setting.default || '""' : JSON.stringify(setting.default)}\``,
    setting.kind === 'structure' ? 'file only' : `\`${setting.environment}\``,
    setting.reload === true ? 'reload' : 'restart',
    setting.doc,
  ]);
  const settings = table(['Setting', 'Type', 'Default', 'Environment', 'Change by', 'Meaning'], rows);
  return [{ path: 'docs/configuration.md', content: `${INTRODUCTION}\n## Settings\n\n${settings}\n` }];
}
