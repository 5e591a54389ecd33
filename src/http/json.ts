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

/** An answer as JSON.stringify prints it. Each element of its lists is a step. */
export function* json<T extends object>(answer: Listed<T>): Steps<Made> {
  const pieces: Buffer[] = [];
  let text = '';
  let comma = '{';
  for (const [key, value] of Object.entries(answer)) {
    if (value === undefined) continue;
    text += `${comma}${JSON.stringify(key)}:`;
    comma = ',';
    if (!isList(value)) {
      text += JSON.stringify(value);
      continue;
    }
    let before = '[';
    for (const element of value) {
      text += before + (element instanceof Json ? element.text : JSON.stringify(element));
      before = ',';
      if (text.length > PIECE) {
        pieces.push(Buffer.from(text));
        text = '';
      }
      yield;
    }
    text += before === '[' ? '[]' : ']';
  }
  pieces.push(Buffer.from(`${text}${comma === '{' ? '{}' : '}'}`));
  return { contentType: 'application/json; charset=utf-8', pieces };
}

const isList = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;
