import { array, assert, constant, dictionary, jsonValue, oneof, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { json, Json, JsonMemory, map } from '../../src/http/json.ts';
import { atOnce } from '../../src/turn.ts';

const printed = (answer: object): string => {
  const { contentType, pieces } = atOnce(json<Record<string, unknown>>({ ...answer }));
  expect(contentType).toBe('application/json; charset=utf-8');
  return Buffer.concat([...pieces]).toString();
};

it('prints any answer as JSON.stringify does', () => {
  const values = dictionary(
    string(),
    oneof(jsonValue(), constant(undefined), array(jsonValue()), string({ unit: 'grapheme' })),
    { noNullPrototype: true },
  );
  assert(
    property(values, (answer) => {
      expect(printed(answer)).toBe(JSON.stringify(answer));
    }),
  );
});

it('prints lists that are made while they are printed, and elements that were printed before', () => {
  const names = ['web07', '仮想', '"\u2028'];
  const element = new Json({ name: 'kept' }, new JsonMemory());
  expect(
    printed({ total: 3, vms: map(names, (name) => ({ name })), more: [element, element], none: map([], String) }),
  ).toBe(
    JSON.stringify({
      total: 3,
      vms: names.map((name) => ({ name })),
      more: [{ name: 'kept' }, { name: 'kept' }],
      none: [],
    }),
  );
});

it('has elements that were printed one after the other in few pieces, without copying them', () => {
  const memory = new JsonMemory();
  const values = Array.from({ length: 5000 }, (_, n) => ({ n, text: '仮'.repeat(n % 100) }));
  // One is too large for a block.
  values.splice(2500, 0, { n: -1, text: 'x'.repeat(200_000) });
  const elements = values.map((value) => new Json(value, memory));
  const piecesOf = (list: readonly Json[]) => atOnce(json<{ list: readonly Json[] }>({ list })).pieces;
  const all = piecesOf(elements);
  expect(Buffer.concat([...all]).toString()).toBe(JSON.stringify({ list: values }));
  expect(all.length).toBeLessThan(20);
  const some = piecesOf(elements.filter((_, n) => n % 3 === 0));
  expect(Buffer.concat([...some]).toString()).toBe(JSON.stringify({ list: values.filter((_, n) => n % 3 === 0) }));
  expect(new Set([...some, ...all].map(({ buffer }) => buffer)).size).toBeLessThan(40);
});

it('prints long lists in pieces, each element a step', () => {
  const list = Array.from({ length: 5000 }, (_, n) => ({ n, text: 'ü'.repeat(50) }));
  const steps = json({ list });
  let count = 0;
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done !== true) {
      count++;
      continue;
    }
    expect(Buffer.concat([...step.value.pieces]).toString()).toBe(JSON.stringify({ list }));
    expect(step.value.pieces.length).toBeGreaterThan(4);
    break;
  }
  expect(count).toBe(5000);
});
