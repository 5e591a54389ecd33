import { beforeAll } from 'vitest';
import { type ModuleCase, type ModuleResult, runModule } from '../../../support/pwsh/module.ts';

/**
 * Runs these cases of a describe block in one PowerShell engine, before its tests. Returns the result of a case by its
 * name, for use within tests.
 */
export function inOneEngine<Name extends string>(
  cases: Readonly<Record<Name, ModuleCase>>,
): (name: Name) => ModuleResult {
  const results = new Map<string, ModuleResult>();
  beforeAll(() => {
    const names = Object.keys(cases);
    runModule(Object.values<ModuleCase>(cases)).forEach((result, index) => results.set(names[index]!, result));
  });
  return (name) => results.get(name)!;
}
