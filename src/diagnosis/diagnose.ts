import type { Diagnose } from './model.ts';

export const diagnose: Diagnose = () => ({
  host: [],
  hostBlockers: [],
  nics: new Map(),
  vswitches: new Map(),
  vnics: new Map(),
  capacity: { nics: new Map(), vswitches: new Map() },
  vmqAdvice: [],
  duplicateMacs: undefined,
  duplicateIps: undefined,
});
