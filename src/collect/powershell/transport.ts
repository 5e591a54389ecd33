import type { OperationalError } from '../../errors.ts';
import type { PartRequest } from './request.ts';

/** Opens connections to the PowerShell module, wherever it runs. */
export interface Transport {
  /** What it is called at the beginning of a message: `PowerShell` */
  readonly title: string;
  /** What to do where the module has another version than this program; absent where both are of one package */
  readonly update?: string;
  /** Starts a new connection. A start that fails ends it, or throws. */
  open(): Connection;
}

/** One running conversation with the PowerShell module, one call at a time. */
export interface Connection {
  /** Resolves when it has ended */
  readonly exited: Promise<void>;
  readonly alive: boolean;
  /** How it ended, in words */
  readonly ending: string;
  /** Bytes received */
  readonly bytes: number;
  readonly calls: number;
  /** The end of what arrived on standard error. The session empties it once it is logged. */
  stderrTail: string;
  /** What identifies it in the log, once it is ready */
  describe(): object;
  /** Resolves with what was printed until the module was loaded; its greeting is the frame of request HANDSHAKE_ID. */
  greet(): Promise<string>;
  /** Asks for a part. Resolves with all that was printed in answer; rejects with an OperationalError. */
  ask(requestId: number, request: PartRequest): Promise<string>;
  /** Why there was no greeting, given the end of standard error. */
  explainSilence(stderr: string): OperationalError;
  /** Rejects the running call and ends the connection. */
  abandon(error: OperationalError): void;
  /** Ends it at once, with all that it started. */
  kill(): void;
  /** Closes its input, at which it ends by itself; kills it if it does not. Resolves when it has ended. */
  stop(): Promise<void>;
}
