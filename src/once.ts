/**
 * Remembers what is made from an object for as long as that object lives. It is kept in the object, in a property that no
 * copy of the object and no JSON has. Not in a WeakMap: garbage collection looks through all entries of one while the
 * program waits, which took 5 % of the CPU of a collector with 256 hosts.
 */
export function once<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const slot = Symbol('made');
  return (key) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else has this symbol
    const former = (key as { readonly [slot]?: V })[slot];
    if (former !== undefined) return former;
    const value = make(key);
    Object.defineProperty(key, slot, { value, configurable: true });
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
