import type { Steps } from '../turn.ts';
import type { Made } from './route.ts';

/** The JSON of a value, printed once for all answers that have it. */
export class Json {
  readonly text: string;
  constructor(value: unknown) {
    this.text = JSON.stringify(value);
  }
}

/** An answer of type T whose lists are made element by element while it is printed. */
export type Listed<T> = { readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? Iterable<E | Json> : T[K] };

/** Characters that are encoded at a time */
const PIECE = 64 * 1024;

/** The elements of a list, each made when it is printed. */
export function* map<T, R>(list: Iterable<T>, make: (element: T) => R): Generator<R> {
  for (const element of list) yield make(element);
}

/** An answer as JSON.stringify prints it. Each element of its lists is a step, also of lists in objects in it. */
export function* json<T extends object>(answer: Listed<T>): Steps<Made> {
  const pieces: Buffer[] = [];
  let text = '';
  yield* write(answer, (more) => {
    text += more;
    if (text.length <= PIECE) return;
    pieces.push(Buffer.from(text));
    text = '';
  });
  pieces.push(Buffer.from(text));
  return { contentType: 'application/json; charset=utf-8', pieces };
}

function* write(value: unknown, add: (text: string) => void): Steps<void> {
  if (isList(value)) {
    let before = '[';
    for (const element of value) {
      add(before + (element instanceof Json ? element.text : JSON.stringify(element)));
      before = ',';
      yield;
    }
    add(before === '[' ? '[]' : ']');
  } else if (isPlain(value)) {
    let before = '{';
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue;
      add(`${before}${JSON.stringify(key)}:`);
      before = ',';
      yield* write(member, add);
    }
    add(before === '{' ? '{}' : '}');
  } else add(JSON.stringify(value));
}

const isList = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;

/** An object that is printed by its members. */
const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
