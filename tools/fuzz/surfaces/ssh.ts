import { checkGreeting } from '../../../src/collect/powershell/handshake.ts';
import { PROTOCOL } from '../../../src/collect/powershell/frame.ts';
import { explainSsh } from '../../../src/collect/ssh/explain.ts';
import { offeredKeys } from '../../../src/collect/ssh/key-scan.ts';
import { hasTrustedKey } from '../../../src/collect/ssh/known-hosts.ts';
import { OperationalError } from '../../../src/errors.ts';
import { HOSTILE_TEXTS, mutated, mutateJson, mutateText } from '../mutate.ts';
import { declared, invariant, type Surface } from '../surface.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0yLkMm0mBqGmYbqkMmYp0i6Yt1Qe8pQ4D2oXQ1c0bE';
const SEEDS = [
  `# hv01:22 SSH-2.0-OpenSSH_for_Windows_9.5\nhv01 ${KEY}\n`,
  `# Host hv01 found: line 3\n|1|aGFzaA==|aGFzaA== ${KEY}\n@revoked * ${KEY}\n`,
  `@cert-authority *.example.net ${KEY} a comment\n`,
  'hv01: Permission denied (publickey).\r\n',
  'kex_exchange_identification: Connection closed by remote host\nConnection closed by 192.0.2.7 port 22\n',
  '@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\nHost key verification failed.\r\n',
];
const WORDS = [
  ' ',
  '\n',
  '\r\n',
  '#',
  '@revoked ',
  '@cert-authority ',
  '|1|',
  '=',
  'ssh-rsa ',
  '@HVSRIOV1 ',
  ...HOSTILE_TEXTS,
];
const VERSION = '1.2.3';
const GREETING = { module: VERSION, protocol: PROTOCOL, desktopOnly: ['Hyper-V'], limits: { calls: 100, minutes: 60 } };
const TARGET = {
  name: 'hv01',
  address: 'hv01',
  port: 22,
  user: 'exporter',
  keyFile: '/k',
  agent: undefined,
  knownHostsFiles: ['/h'],
  jump: undefined,
};
const MAX_MESSAGE = 4000;

/** What the programs of OpenSSH print, and what a host says in the place of the session or as its greeting. */
export function ssh(): Surface {
  return {
    name: 'ssh',
    make(random) {
      const text = mutated(random.pick(SEEDS), random, 6, (former, by) => mutateText(former, by, WORDS));
      const greeting = mutated<unknown>(GREETING, random, 4, mutateJson);
      const exitCode = random.pick([0, 1, 255]);
      return {
        input: { text, greeting, exitCode },
        async check() {
          const trusted = hasTrustedKey(text.split(/\r?\n/));
          const keys = offeredKeys(text);
          for (const { line, fingerprint, type } of keys) {
            invariant(!/[\p{Cc}]/u.test(line), 'a control character in a line for known_hosts');
            invariant(/^SHA256:[A-Za-z0-9+/]+$/.test(fingerprint), `not a fingerprint: ${fingerprint}`);
            invariant(/^[a-z0-9@.-]+$/.test(type), `not a type of key: ${type}`);
          }
          for (const greeted of [true, false]) {
            const end = { started: true, greeted, stdout: text, stderr: text, exitCode, ending: 'ended' };
            const fault = explainSsh(TARGET, { executable: '/usr/bin/ssh', trustCommand: 'trust' }, end);
            invariant(/^[a-z][a-z0-9_]{0,63}$/.test(fault.code), `not a code: ${fault.code}`);
            invariant(fault.message.length <= MAX_MESSAGE, `a message of ${fault.message.length} characters`);
          }
          const answer = await declared(
            [OperationalError],
            () => checkGreeting(greeting, VERSION),
            ({ message }) => invariant(message.length <= MAX_MESSAGE, `a message of ${message.length} characters`),
          );
          return answer !== undefined && (trusted || keys.length > 0) ? 'accepted' : 'refused';
        },
      };
    },
  };
}
