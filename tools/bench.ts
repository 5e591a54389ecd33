import { mkdirSync, writeFileSync } from 'node:fs';
import { figures, type Figure } from './bench/all.ts';

/** Prints every figure and keeps them in .cache/bench.json. Ratios carry from machine to machine, numbers do not. */
const measured: Figure[] = [];
for (const bench of figures) {
  const figure = await bench();
  measured.push(figure);
  console.log(figure.name);
  for (const [what, value] of Object.entries(figure.ratios)) console.log(`  ${what}: ${value.toFixed(2)}`);
  for (const [what, value] of Object.entries(figure.numbers)) console.log(`  (${what}: ${value.toFixed(1)})`);
}
mkdirSync('.cache', { recursive: true });
writeFileSync('.cache/bench.json', `${JSON.stringify({ node: process.version, figures: measured }, undefined, 2)}\n`);
