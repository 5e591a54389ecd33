import type { Windows } from '../boundary.ts';
import { SERVICE_NAME } from '../names.ts';
import { accounts } from './accounts.ts';
import { dispatcher } from './dispatcher.ts';
import { eventLog } from './event-log.ts';
import { files } from './files.ts';
import { holdChildren } from './job.ts';
import { registry } from './registry.ts';
import { services } from './services.ts';

/** Windows itself. Importing this loads the native library. */
export const nativeWindows = (): Windows => ({
  services,
  dispatcher,
  events: eventLog(SERVICE_NAME),
  files,
  accounts,
  registry,
  holdChildren,
});
