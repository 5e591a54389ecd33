import type { Steps } from '../turn.ts';
import type { Made } from './route.ts';

/** Memory for elements of lists that are printed one after the other: they follow one another in it. */
export class JsonMemory {
  #block = Buffer.alloc(0);
  #used = 0;
  #next = FIRST_BLOCK;

  add(text: string): Buffer {
    const most = MOST_BYTES_OF_A_CHARACTER * text.length;
    if (most > this.#block.length - this.#used) {
      if (most > LARGEST_BLOCK) return Buffer.from(text);
      this.#block = Buffer.allocUnsafeSlow(Math.max(this.#next, most));
      this.#used = 0;
      this.#next = Math.min(2 * this.#next, LARGEST_BLOCK);
    }
    const from = this.#used;
    this.#used += this.#block.write(text, from);
    return this.#block.subarray(from, this.#used);
  }
}
const FIRST_BLOCK = 16 * 1024;
const LARGEST_BLOCK = 256 * 1024;
const MOST_BYTES_OF_A_CHARACTER = 3;

/** An element of lists as JSON, printed once: all answers that have it share its bytes. */
export class Json {
  /** With a comma before it */
  readonly #bytes: Buffer;

  /** @param memory of the elements that lists have before and after it */
  constructor(value: unknown, memory: JsonMemory) {
    this.#bytes = memory.add(`,${JSON.stringify(value)}`);
  }

  /** @param isFirst whether it is the first of its list, and has no comma */
  bytes(isFirst: boolean): Buffer {
    return isFirst ? this.#bytes.subarray(1) : this.#bytes;
  }
}

/** An answer of type T whose lists are made element by element while it is printed. */
export type Listed<T> = { readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? Iterable<E | Json> : T[K] };

/** Characters that are encoded at a time */
const PIECE = 64 * 1024;

/** The bytes of an answer as it is printed. */
class Pieces {
  readonly #all: Buffer[] = [];
  #text = '';

  text(more: string): void {
    this.#text += more;
    if (this.#text.length > PIECE) this.#encode();
  }

  /** Bytes that follow those before them in memory, too, are one piece with them. */
  bytes(more: Buffer): void {
    this.#encode();
    const last = this.#all.at(-1);
    if (last?.buffer === more.buffer && last.byteOffset + last.length === more.byteOffset)
      this.#all[this.#all.length - 1] = Buffer.from(last.buffer, last.byteOffset, last.length + more.length);
    else this.#all.push(more);
  }

  /** All of it. */
  end(): readonly Buffer[] {
    this.#encode();
    return this.#all;
  }

  #encode(): void {
    if (this.#text !== '') this.#all.push(Buffer.from(this.#text));
    this.#text = '';
  }
}

/** The elements of a list, each made when it is printed. */
export function* map<T, R>(list: Iterable<T>, make: (element: T) => R): Generator<R> {
  for (const element of list) yield make(element);
}

/** An answer as JSON.stringify prints it. Each element of its lists is a step, also of lists in objects in it. */
export function* json<T extends object>(answer: Listed<T>): Steps<Made> {
  const pieces = new Pieces();
  yield* write(answer, pieces);
  return { contentType: 'application/json; charset=utf-8', pieces: pieces.end() };
}

function* write(value: unknown, pieces: Pieces): Steps<void> {
  if (isList(value)) {
    pieces.text('[');
    let isFirst = true;
    for (const element of value) {
      if (element instanceof Json) pieces.bytes(element.bytes(isFirst));
      else pieces.text(`${isFirst ? '' : ','}${JSON.stringify(element)}`);
      isFirst = false;
      yield;
    }
    pieces.text(']');
  } else if (isPlain(value)) {
    let before = '{';
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue;
      pieces.text(`${before}${JSON.stringify(key)}:`);
      before = ',';
      yield* write(member, pieces);
    }
    pieces.text(before === '{' ? '{}' : '}');
  } else pieces.text(JSON.stringify(value));
}

const isList = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;

/** An object that is printed by its members. */
const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
