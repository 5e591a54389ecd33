/** Mutants that mean the same as the rule, or differ in what no exporter shows, each with the reason. */
export const EQUAL: ReadonlyMap<string, string> = new Map([]);
