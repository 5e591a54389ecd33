import { mkdirSync, writeFileSync } from 'node:fs';
import { figures, onRequest } from './bench/all.ts';
import type { Figure, Ratio } from './bench/figure.ts';

/*
 * Prints every figure, or those named (`npm run bench -- poll scrape`), and keeps them in .cache/bench.json. Ratios
 * carry from machine to machine, numbers do not. A target that is missed is said so and fails the run.
 */
const wanted = process.argv.slice(2);
const measured: Figure[] = [];
let missed = 0;

function verdict({ value, atMost = Infinity, atLeast = -Infinity }: Ratio): string {
  const target = [
    ...(atMost < Infinity ? [`at most ${atMost}`] : []),
    ...(atLeast > -Infinity ? [`at least ${atLeast}`] : []),
  ];
  if (target.length === 0) return '';
  const met = value <= atMost && value >= atLeast;
  if (!met) missed += 1;
  return `, target ${target.join(', ')}: ${met ? 'met' : 'MISSED'}`;
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
}

const chosen = wanted.length === 0 ? figures : { ...figures, ...onRequest };
for (const [name, bench] of Object.entries(chosen)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const figure = await bench();
  measured.push(figure);
  console.log(figure.name);
  for (const [what, ratio] of Object.entries(figure.ratios))
    console.log(`  ${what}: ${ratio.value.toFixed(2)}${verdict(ratio)}`);
  for (const [what, value] of Object.entries(figure.numbers)) console.log(`  (${what}: ${value.toFixed(1)})`);
  for (const row of aligned(figure.table ?? [])) console.log(`  ${row}`);
  if (figure.missing !== undefined) console.log(`  NOT MEASURED: ${figure.missing}`);
}
mkdirSync('.cache', { recursive: true });
writeFileSync('.cache/bench.json', `${JSON.stringify({ node: process.version, figures: measured }, undefined, 2)}\n`);
process.exitCode = missed > 0 ? 1 : 0;
