/** Remembers what is made from an object for as long as that object lives. */
export function once<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, V>();
  return (key) => {
    const former = made.get(key);
    if (former !== undefined) return former;
    const value = make(key);
    made.set(key, value);
    return value;
  };
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
