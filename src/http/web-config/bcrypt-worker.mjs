// Plain JavaScript, so that a worker thread runs it from src (tests) and from dist alike.
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

parentPort.on('message', ({ password, hash }) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort.postMessage(compareSync(password, hash));
});
