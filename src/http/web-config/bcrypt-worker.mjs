// Plain JavaScript, so that a worker thread runs it from src (tests) and from dist alike.
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

parentPort.on('message', ({ id, password, hash }) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort.postMessage({ id, right: compareSync(password, hash) });
});
