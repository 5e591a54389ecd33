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
