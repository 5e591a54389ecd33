import type { OpenSurface } from '../surface.ts';
import { captures } from './captures.ts';
import { configuration, targets } from './configuration.ts';
import { documents } from './documents.ts';
import { fleet } from './fleet.ts';
import { frames } from './frames.ts';
import { guestMetrics } from './guest-metrics.ts';
import { requests } from './requests.ts';
import { ssh } from './ssh.ts';
import { alertState, foundNodes, history, journal, trends } from './state.ts';
import { webConfiguration } from './web-configuration.ts';

/** All surfaces by name. */
export const SURFACES: Readonly<Record<string, OpenSurface>> = {
  frames,
  documents,
  captures,
  configuration,
  'web-configuration': webConfiguration,
  targets,
  ssh,
  'found-nodes': foundNodes,
  journal,
  history,
  alerts: alertState,
  trends,
  requests,
  'guest-metrics': guestMetrics,
  fleet,
  // Loaded when run: it listens on a port.
  'remote-answers': async () => (await import('./remote-answers.ts')).remoteAnswers(),
};

/** Cases of each surface in a run of a million: the more the faster a case is, and the same for what is alike. */
export const MILLION: Readonly<Record<string, number>> = {
  frames: 150_000,
  documents: 40_000,
  captures: 20_000,
  configuration: 60_000,
  'web-configuration': 60_000,
  targets: 60_000,
  ssh: 40_000,
  'found-nodes': 20_000,
  journal: 20_000,
  history: 20_000,
  alerts: 30_000,
  trends: 40_000,
  requests: 200_000,
  'guest-metrics': 210_000,
  fleet: 15_000,
  'remote-answers': 15_000,
};
