import { createSaves } from '../../src/state/saves.ts';

/** For what saves state in a test that is not about it. */
export const noSaves = createSaves({ warn() {}, info() {} });
