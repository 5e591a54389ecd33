import { it } from 'vitest';
import { holds, LISTENING } from './holds.ts';

const CASES = 300;

it.each(LISTENING)('%s: no case breaks an invariant', async (name) => holds(name, CASES));
