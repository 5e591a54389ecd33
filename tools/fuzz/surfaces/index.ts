import type { OpenSurface } from '../surface.ts';
import { captures } from './captures.ts';
import { configuration, targets } from './configuration.ts';
import { documents } from './documents.ts';
import { frames } from './frames.ts';
import { guestMetrics } from './guest-metrics.ts';
import { requests } from './requests.ts';
import { alertState, history, journal, trends } from './state.ts';
import { webConfiguration } from './web-configuration.ts';

/** All surfaces by name. */
export const SURFACES: Readonly<Record<string, OpenSurface>> = {
  frames,
  documents,
  captures,
  configuration,
  'web-configuration': webConfiguration,
  targets,
  journal,
  history,
  alerts: alertState,
  trends,
  requests,
  'guest-metrics': guestMetrics,
};
