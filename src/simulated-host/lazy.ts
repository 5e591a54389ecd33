/** What is made when it is first asked for, and then kept. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** An object of properties each of which is made when it is first asked for. */
export function lazily<T extends object>(make: { readonly [Name in keyof T]-?: () => T[Name] }): T {
  const object = {};
  for (const [name, maker] of Object.entries(make) as [string, () => unknown][])
    Object.defineProperty(object, name, { enumerable: true, get: once(maker) });
  return object as T;
}

/** What must be there. */
export function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the demo host lost a part of itself');
  return value;
}
