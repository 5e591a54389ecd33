import { expect, it } from 'vitest';
import { createAnswerBudget } from '../../src/collect/answer-budget.ts';

it('answers that are received at the same time take a limited amount of memory: the longest is given up', () => {
  const budget = createAnswerBudget(100);
  const dropped: string[] = [];
  const hold = (name: string) => budget.hold(() => void dropped.push(name));
  const [flood, ordinary, another] = [hold('flood'), hold('ordinary'), hold('another flood')];
  flood.add(60);
  ordinary.add(10);
  another.add(30);
  expect(dropped).toEqual([]);
  ordinary.add(1);
  expect(dropped).toEqual(['flood']);
  // What still comes of it is not kept, so it is not counted.
  flood.add(1000);
  expect(dropped).toEqual(['flood']);
  another.add(70);
  expect(dropped).toEqual(['flood', 'another flood']);
  const later = hold('later');
  later.add(89);
  ordinary.release();
  later.add(11);
  expect(dropped).toEqual(['flood', 'another flood']);
  later.add(1);
  expect(dropped).toEqual(['flood', 'another flood', 'later']);
});
