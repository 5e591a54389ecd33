import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip as gzipWithCallback } from 'node:zlib';

const gzip = promisify<Buffer, { level: number }, Buffer>(gzipWithCallback);
/** On a large host, level 1 takes a third of the time of level 6 for a fifth more bytes. */
const GZIP_LEVEL = 1;

/** As many pieces are sent as they are. A system call takes up to 1,024. */
const FEW_PIECES = 128;

const run = randomBytes(6).toString('base64url');
let made = 0;

/** Whether anyone but answers under way still needs the bytes of a body. */
export interface Life {
  retired: boolean;
}

/**
 * The bytes of an answer: made once and shared by all answers that send them. Compressed when a client first asks for that,
 * outside the event loop.
 */
export class Body {
  readonly contentType: string;
  /** Weak, as it stands for the plain and for the compressed bytes; different for each body, across restarts too */
  readonly etag = `W/"${run}-${(made++).toString(36)}"`;
  /** Apart from the body, so that an answer under way keeps only the bytes that it sends */
  readonly life: Life = { retired: false };
  /** Number of bytes, uncompressed */
  readonly size: number;
  /** Whether its bytes are written over several turns of the event loop if they are many */
  readonly inTurns: boolean;
  #pieces: readonly Buffer[];
  #compressed: Promise<Buffer> | undefined;
  #compressedSize = 0;

  /**
   * @param pieces the bytes in pieces, which other bodies may share
   * @param options.inTurns true for answers that anyone may ask for. An exposition is written at once: scrapers ask seldom,
   * and turns cost a tenth of the processor time of a scrape
   */
  constructor(
    contentType: string,
    pieces: readonly Buffer[],
    { inTurns = false }: { readonly inTurns?: boolean } = {},
  ) {
    this.contentType = contentType;
    this.#pieces = pieces;
    this.inTurns = inTurns;
    this.size = pieces.reduce((sum, { length }) => sum + length, 0);
  }

  /** Number of bytes that it holds in memory: uncompressed, and compressed as well once that is done */
  get held(): number {
    return this.size + this.#compressedSize;
  }

  /** All bytes in one piece. */
  plain(): Buffer {
    const whole = this.#whole();
    if (this.#pieces.length !== 1) this.#pieces = [whole];
    return whole;
  }

  /** The bytes in few pieces, to be sent one after the other; many pieces are joined once. */
  pieces(): readonly Buffer[] {
    if (this.#pieces.length > FEW_PIECES) this.plain();
    return this.#pieces;
  }

  #whole(): Buffer {
    const [only] = this.#pieces;
    return only !== undefined && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces);
  }

  /** The bytes as gzip. Rejects if there is no memory for them. */
  compressed(): Promise<Buffer> {
    return (this.#compressed ??= this.#compress());
  }

  async #compress(): Promise<Buffer> {
    const bytes = await gzip(this.#whole(), { level: GZIP_LEVEL });
    this.#compressedSize = bytes.length;
    return bytes;
  }

  /** Whether a client has asked for gzip */
  get isCompressed(): boolean {
    return this.#compressed !== undefined;
  }

  /** To be called when other bytes take the place of these. Answers that send them continue. */
  retire(): void {
    this.life.retired = true;
  }
}
