import type { Config } from '../../../config/schema.ts';
import type { Check } from '../check.ts';
import { clock } from './clock.ts';
import { configuration } from './configuration.ts';
import { executionPolicy } from './execution-policy.ts';
import { fileRights, modulePathRights } from './file-rights.ts';
import { hyperVModule, rights, role, vmms } from './hyper-v.ts';
import { language } from './language-mode.ts';
import { listenAddress } from './listen-address.ts';
import { moduleEditions } from './module-editions.ts';
import { agentModule, targetModule } from './module.ts';
import { partChecks, sourceChecks } from './parts.ts';
import { powershell } from './powershell.ts';
import { recording } from './recording.ts';
import { storage } from './storage.ts';
import { version } from './version.ts';
import { webConfiguration } from './web-configuration.ts';

/** Every check, in the order in which it runs and is shown: a check comes after the checks that it needs. */
const EVERYWHERE: readonly Check[] = [
  configuration,
  webConfiguration,
  listenAddress,
  clock,
  storage,
  recording,
  powershell,
];

/** Checks of PowerShell and Hyper-V, left out if neither is used. */
const MODULE: readonly Check[] = [language, version, executionPolicy, role, vmms, agentModule, moduleEditions];
const OF_THE_HOST: readonly Check[] = [...partChecks, hyperVModule, rights, ...sourceChecks];

/** What a collector needs of one of its targets. */
export const TARGET_CHECKS: readonly Check[] = [configuration, targetModule, ...OF_THE_HOST];

/** The checks that apply to a configuration and a platform; all if the configuration could not be loaded. */
export const checksFor = (source: Config['source'] | undefined, platform: NodeJS.Platform): readonly Check[] =>
  source === undefined || source === 'powershell'
    ? [...EVERYWHERE, ...MODULE, ...fileRights(platform), modulePathRights(platform), ...OF_THE_HOST]
    : [...EVERYWHERE, ...fileRights(platform)];
