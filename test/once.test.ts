import { expect, it } from 'vitest';
import { once } from '../src/once.ts';

it('makes one value of each object, and none of a copy before it is asked for', () => {
  let made = 0;
  const lengthOf = once(({ name }: { readonly name: string }) => [name.length, (made += 1)]);
  const others = once(({ name }: { readonly name: string }) => name.toUpperCase());
  const [vm, same] = [{ name: 'sql01' }, { name: 'sql01' }];
  expect([lengthOf(vm), lengthOf(vm), lengthOf(same)]).toEqual([
    [5, 1],
    [5, 1],
    [5, 2],
  ]);
  expect(others(vm)).toBe('SQL01');
  // A changed copy is another object.
  expect(lengthOf({ ...vm, name: 'dns' })).toEqual([3, 3]);
  expect(JSON.stringify(vm)).toBe('{"name":"sql01"}');
  expect(vm).toEqual(same);
  expect(lengthOf(structuredClone(vm))).toEqual([5, 4]);
});

it('makes a value again where there was none', () => {
  const answers = [undefined, 'later'];
  const ask = once<object, string | undefined>(() => answers.shift());
  const asked = {};
  expect([ask(asked), ask(asked), ask(asked)]).toEqual([undefined, 'later', 'later']);
});
