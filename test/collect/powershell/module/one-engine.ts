import { beforeAll } from 'vitest';
import { type ModuleCase, type ModuleResult, runModule } from '../../../support/pwsh/module.ts';

const all: ModuleCase[] = [];
let results: readonly ModuleResult[] | undefined;

/**
 * Results of these cases, by their names, from the one engine that runs all cases of the test file: to be called while
 * tests are collected, and what it gives within tests.
 */
export function inOneEngine<Name extends string>(
  cases: Readonly<Record<Name, ModuleCase>>,
): (name: Name) => ModuleResult {
  const first = all.length;
  const places = new Map(Object.keys(cases).map((name, index) => [name, first + index]));
  all.push(...Object.values<ModuleCase>(cases));
  beforeAll(() => {
    results ??= runModule(all);
  }, 300_000);
  return (name) => results![places.get(name)!]!;
}
