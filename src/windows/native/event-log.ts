import { hideGuestNames } from '../../text/guest-names.ts';
import { head } from '../../text/redact.ts';
import { visibleText } from '../../text/visible.ts';
import type { EventKind, EventLog } from '../boundary.ts';
import { type Pointer, windowsFunction } from './library.ts';

const registerSource = windowsFunction<(machine: null, source: string) => Pointer>(
  'advapi32.dll',
  'void * __stdcall RegisterEventSourceW(str16 machine, str16 source)',
);
const deregisterSource = windowsFunction<(log: Pointer) => number>(
  'advapi32.dll',
  'int __stdcall DeregisterEventSource(void *log)',
);
const reportEvent = windowsFunction<
  (
    log: Pointer,
    type: number,
    category: number,
    id: number,
    user: null,
    count: number,
    size: number,
    texts: readonly string[],
    data: null,
  ) => number
>(
  'advapi32.dll',
  'int __stdcall ReportEventW(void *log, uint16_t type, uint16_t category, uint32_t id, void *user, uint16_t count, uint32_t size, str16 *texts, void *data)',
);

const TYPE: Readonly<Record<EventKind, number>> = { error: 1, warning: 2, information: 4 };
/** ReportEvent takes at most 31,839 characters. */
const LONGEST = 30_000;

/** A text for the event log, which every user of the machine can read: no secrets of URLs, no names of VMs. */
const shown = (text: string): string => head(visibleText(hideGuestNames(text)), LONGEST);

/** The Application log of this Windows, written as `source`. */
export const eventLog = (source: string): EventLog => ({
  write(kind, id, text) {
    const log = registerSource(null, source);
    if (log === null) return;
    reportEvent(log, TYPE[kind], 0, id, null, 1, 0, [shown(text)], null);
    deregisterSource(log);
  },
});
