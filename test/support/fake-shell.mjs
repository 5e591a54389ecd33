#!/usr/bin/env node
// Stands in for PowerShell: knows the markers and the lines of a session, and makes on demand what goes wrong with one.
// FAKE_FAULT names the fault, FAKE_ONCE a file whose absence means: do it (the file is made, so the next time is good).
// Or FAKE_CONTROL names a file of JSON with the faults by part, as long as they are there, and FAKE_DOCUMENTS a module
// whose documentOf(part) makes the document (tools/soak/documents.ts).
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';

const EOL = process.env.FAKE_CRLF === '1' ? '\r\n' : '\n';
/** A served session instead of a prompt */
const SERVED = process.argv.includes('-File');
const LANGUAGE = process.env.FAKE_LANGUAGE ?? 'FullLanguage';
const BY_MODULE = /^Write-HyperVSriovMarker -Stream (Out|Error) -Text "(\w+)"$/;
const rows = Number(process.env.FAKE_ROWS ?? 1);

const write = (descriptor, text) => {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') process.exit(1);
    }
  }
};
const out = (text) => write(1, text);
const err = (text) => write(2, text);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const frame = (id, payload, status = 'ok') => {
  const base64 = gzipSync(JSON.stringify(payload), { level: 1 }).toString('base64');
  return `@HVSRIOV1 ${id} ${status} ${base64.length} ${base64}@END`;
};
const control = () => JSON.parse(readFileSync(process.env.FAKE_CONTROL, 'utf8'));
/** The part that was asked for */
let asked;
const fault = () => {
  if (process.env.FAKE_CONTROL !== undefined) return control().faults[asked];
  const name = process.env.FAKE_FAULT;
  const once = process.env.FAKE_ONCE;
  if (name === undefined || once === undefined || existsSync(once)) return undefined;
  return name;
};
const done = () => {
  if (process.env.FAKE_ONCE !== undefined) writeFileSync(process.env.FAKE_ONCE, '');
};

if (fault() === 'crash-at-start') {
  done();
  err('the shell could not start');
  process.exit(3);
}

if (fault() === 'endless-at-start') {
  done();
  for (;;) out('x'.repeat(65_536));
}

let held = '';
const answer = async (id, payload) => {
  const good = frame(id, payload);
  const name = fault();
  if (name !== undefined) done();
  switch (name) {
    case 'split':
      for (let at = 0; at < good.length; at += 40) {
        out(good.slice(at, at + 40));
        await sleep(1);
      }
      return;
    case 'coalesced':
      held = good;
      return;
    case 'noise':
      return out(`WARNING: disk${EOL}@HVSRIOV1 7 ok 12 ${EOL}${good}${EOL}@END trailing${EOL}`);
    case 'stderr':
      err(`something harmless${EOL}`.repeat(10));
      return out(good);
    case 'exit-0':
      return process.exit(0);
    case 'exit-3':
      return process.exit(3);
    case 'hang':
      // With a grandchild, that must go too.
      spawn('sleep', ['600'], { stdio: 'inherit' });
      return new Promise(() => {});
    case 'endless':
      for (;;) {
        out('x'.repeat(65_536));
        await sleep(0);
      }
    case 'endless-error':
      for (;;) {
        err('x'.repeat(65_536));
        await sleep(0);
      }
    case 'endless-after':
      for (out(good); ; await sleep(0)) out('x'.repeat(65_536));
    case 'slow':
      // On the clock of the control file, which may run faster than ours.
      while (control().now < control().slowUntil) await sleep(5);
      return out(good);
    case 'garbage':
      return out(randomBytes(65_536).toString('latin1'));
    case 'truncated':
      return out(good.slice(0, -20));
    case 'wrong-id':
      return out(frame(id + 1000, payload));
    case 'wrong-checksum': {
      const bytes = gzipSync(JSON.stringify(payload));
      bytes[bytes.length - 6] ^= 0xff;
      const base64 = bytes.toString('base64');
      return out(`@HVSRIOV1 ${id} ok ${base64.length} ${base64}@END`);
    }
    case 'error-frame':
      return out(frame(id, { code: 'collect_failed', error: 'the host said no' }, 'error'));
    default:
      return out(good);
  }
};

const handle = async (line) => {
  // Constrained language refuses methods of Console, and nothing comes: as in PowerShell, the line writes an error.
  const allowed = LANGUAGE === 'FullLanguage' ? /^\[Console\]::(Out|Error)\.Write\("(\w+)"\)$/ : BY_MODULE;
  const marker = allowed.exec(line);
  if (marker !== null) {
    const text = (marker[1] === 'Out' ? held : '') + marker[2];
    if (marker[1] === 'Out') held = '';
    return marker[1] === 'Out' ? out(text) : err(text);
  }
  if (line.startsWith('"@HVSRIOV-LANGUAGE')) return out(`@HVSRIOV-LANGUAGE ${LANGUAGE}@${EOL}`);
  if (line.startsWith('if ($ExecutionContext.SessionState.LanguageMode')) {
    if (LANGUAGE === 'FullLanguage') return;
    const refusal = process.env.FAKE_REFUSAL;
    if (refusal !== undefined) out(`@HVSRIOV-REFUSAL ${refusal}@${EOL}@HVSRIOV-REASON it says why@${EOL}`);
    return out(`@HVSRIOV-MODULE ${refusal === undefined ? '0.1.0' : ''}@${EOL}`);
  }
  if (line.startsWith('Import-Module -Name $env:HVSRIOV_MODULE')) {
    if (fault() === 'hang-at-start') {
      done();
      return new Promise(() => {});
    }
    if (fault() === 'slow-start') {
      done();
      await sleep(700);
    }
    if (process.env.FAKE_STDERR_AT_START !== undefined) return err(process.env.FAKE_STDERR_AT_START);
    return greet();
  }
  const poll = /^Invoke-HyperVSriovPart -Part (?<part>\w+) -RequestId (?<id>\d+)/.exec(line);
  if (poll !== null) return answerPart(poll.groups, line);
};

const greet = () => {
  const module = process.env.FAKE_MODULE_VERSION ?? '0.1.0';
  const limits = SERVED ? { calls: Number(process.env.FAKE_SERVED_CALLS ?? 1000), minutes: 480 } : undefined;
  out(
    frame(1, {
      module,
      psVersion: '5.1',
      edition: 'Desktop',
      languageMode: 'FullLanguage',
      culture: 'en-US',
      pid: process.pid,
      protocol: 1,
      limits,
    }),
  );
};

const answerPart = async ({ part, id: request }, line) => {
  asked = part;
  if (process.env.FAKE_DOCUMENTS !== undefined) {
    const { documentOf } = await import(process.env.FAKE_DOCUMENTS);
    return answer(Number(request), documentOf(part));
  }
  const child = {
    pid: process.pid,
    cpuMs: String(Math.round(process.cpuUsage().user / 1000)),
    workingSet: process.env.FAKE_WORKING_SET ?? '50000000',
    handles: Number(process.env.FAKE_HANDLES ?? 300),
  };
  const sources = {
    vm: { status: 'ok', rows: Array.from({ length: rows }, (_, id) => ({ id, line, noise: Math.random() })) },
  };
  const drivers = process.env.FAKE_DRIVERS;
  if (drivers !== undefined && existsSync(drivers)) sources.net_adapter = JSON.parse(readFileSync(drivers, 'utf8'));
  const others = process.env.FAKE_SOURCES;
  if (others !== undefined) Object.assign(sources, JSON.parse(readFileSync(others, 'utf8')));
  return answer(Number(request), { schema: 1, part, line, child, sources });
};

/** As Start-HyperVSriovSession. */
const serve = async (line) => {
  if (line === undefined) {
    if (fault() === 'hang-at-start') {
      done();
      return new Promise(() => {});
    }
    if (fault() === 'slow-start') {
      done();
      await sleep(700);
    }
    return greet();
  }
  const request = /^(?<id>\d+) (?<part>\w+)/.exec(line);
  if (request.groups.part === 'ping') return out(frame(Number(request.groups.id), {}));
  return answerPart(request.groups, line);
};

let queue = SERVED ? serve(undefined) : Promise.resolve();
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  queue = queue.then(() => (SERVED ? serve(line) : handle(line)));
});
lines.on('close', () => {
  queue = queue.then(() => process.exit(0));
});
