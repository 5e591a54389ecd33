import { bench as agent } from './agent.ts';
import { bench as answers } from './answers.ts';
import { bench as diagnosis } from './diagnosis.ts';
import { bench as exposition } from './exposition.ts';
import type { Figure } from './figure.ts';
import { bench as fleet } from './fleet.ts';
import { bench as memory } from './memory.ts';
import { bench as module } from './module.ts';
import { bench as poll } from './poll.ts';
import { bench as profile } from './profile.ts';
import { bench as rules } from './rules.ts';
import { bench as scrape } from './scrape.ts';

/** Everything that `npm run bench` measures, one file each, by the name to ask for it alone. */
export const figures: Readonly<Record<string, () => Promise<Figure>>> = {
  exposition,
  diagnosis,
  module,
  poll,
  scrape,
  answers,
  agent,
  memory,
};

/** What takes minutes and gigabytes, or explains instead of measuring: where it is asked for by name. */
export const onRequest: typeof figures = { rules, profile, fleet };
