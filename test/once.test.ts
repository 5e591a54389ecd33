import { expect, it } from 'vitest';
import { once, onceInSteps } from '../src/once.ts';
import { atOnce } from '../src/turn.ts';

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

it('gives the same value to all who need one while it is made in steps', () => {
  const lengthOf = onceInSteps(function* ({ name }: { readonly name: string }) {
    yield;
    return [name.length];
  });
  const vm = { name: 'sql01' };
  const slow = lengthOf.inSteps(vm);
  expect(slow.next()).toEqual({ done: false, value: undefined });
  const first = lengthOf(vm);
  expect(first).toEqual([5]);
  expect(atOnce(slow)).toBe(first);
  expect(lengthOf(vm)).toBe(first);
  expect(lengthOf({ ...vm })).not.toBe(first);
});
