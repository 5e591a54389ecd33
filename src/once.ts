import { atOnce, type Steps } from './turn.ts';

/**
 * Remembers what is made from an object for as long as that object lives, in a property of the object that copies do not
 * have. A WeakMap of the objects of all hosts of a collector would have a hundred thousand entries: it blocks the event loop
 * for tens of milliseconds when it grows, and every full garbage collection goes through all of it.
 */
export function once<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = Symbol('once');
  return (key) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody else has the symbol
    const former = (key as { readonly [made]?: V })[made];
    if (former !== undefined) return former;
    const value = make(key);
    Object.defineProperty(key, made, { value, configurable: true });
    return value;
  };
}

/** The same for what is made in steps. */
export interface OnceInSteps<K extends object, V> {
  /** All steps synchronously */
  (key: K): V;
  readonly inSteps: (key: K) => Steps<V>;
}

/** Remembers what is made from an object in steps for as long as that object lives. */
export function onceInSteps<K extends object, V>(make: (key: K) => Steps<V>): OnceInSteps<K, V> {
  /** Set when the last step is done. The first of several that worked on it at the same time counts. */
  const madeOf = once((_key: K): { value?: V } => ({}));
  function* inSteps(key: K): Steps<V> {
    const made = madeOf(key);
    if (made.value === undefined) {
      const value = yield* make(key);
      made.value ??= value;
    }
    return made.value;
  }
  return Object.assign((key: K) => atOnce(inSteps(key)), { inSteps });
}

/**
 * Makes one object of all that are equal, for as long as any of them is in use: of each value that is given, the first
 * one with its content.
 */
export function createInterner<V extends object>(): (value: V) => V {
  const known = new Map<string, WeakRef<V>>();
  const gone = new FinalizationRegistry<string>((content) => {
    if (known.get(content)?.deref() === undefined) known.delete(content);
  });
  return (value) => {
    const content = JSON.stringify(value);
    const former = known.get(content)?.deref();
    if (former !== undefined) return former;
    known.set(content, new WeakRef(value));
    gone.register(value, content);
    return value;
  };
}
