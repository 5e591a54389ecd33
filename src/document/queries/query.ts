import { z } from 'zod';
import { windows } from '../enumerations.ts';
import {
  brief,
  briefs,
  counterValues,
  type Field,
  type FieldKind,
  type Fields,
  instance,
  number,
  required,
  type Since,
  time,
} from './field.ts';

/** Where a query's objects come from: what must be installed, and which rights it takes. */
export type Origin =
  | 'Hyper-V'
  | 'NetAdapter'
  | 'NetLbfo'
  | 'CIM'
  | 'registry'
  | 'process'
  | 'performance counters'
  | 'event log';

/** One call: a cmdlet, a CIM class or a counter set. Its name in the table is the source's. */
export interface Query {
  /** As a person would run it */
  readonly command: string;
  readonly origin: Origin;
  /** The published type of its objects; undefined where each property names its class */
  readonly type?: string;
  /** The oldest Windows Server that is known to have the properties that say nothing else */
  readonly since: Since;
  /**
   * The fields that identify a row; of alternatives the first that the row has. None: there is one row at most.
   * `list`: the same row may be there twice.
   */
  readonly key: 'list' | readonly (string | readonly string[])[];
  /** Why a host may be without it although nothing is wrong */
  readonly optional?: string;
  /** Rows are kept over documents, each of which brings only those since the one before. */
  readonly retained?: Retention;
  readonly fields: Fields;
  readonly schema: z.ZodType;
}

/** A query whose rows have a type of their own. */
interface TypedQuery<F extends Fields> extends Query {
  readonly fields: F;
  readonly schema: z.ZodObject<{ [K in keyof F]: F[K]['schema'] }>;
}

interface About<F extends Fields> extends Omit<Query, 'schema'> {
  readonly key: 'list' | readonly ((keyof F & string) | readonly (keyof F & string)[])[];
  readonly fields: F;
}

/** Declares what one cmdlet, class or counter set is asked for. The schema of its rows is made from its fields. */
export const query = <const F extends Fields>(about: About<F>): TypedQuery<F> => ({
  ...about,
  schema: z.object(
    Object.fromEntries(Object.entries(about.fields).map(([key, field]) => [key, field.schema])),
  ) as unknown as TypedQuery<F>['schema'],
});

/** A counter set, read by PerformanceCounterCategory.ReadCategory: one row an instance, raw values by English name. */
export interface CounterSet extends TypedQuery<{
  readonly instance: Field<z.ZodString>;
  readonly values: typeof counterValues;
}> {
  /** English name of the set */
  readonly set: string;
  /**
   * The counters used, and the types (CounterType) that a count can be made of. An average has its base
   * (CounterSample.BaseValue) in the same row as `<name> Base`.
   */
  readonly counters: Readonly<Record<string, readonly number[]>>;
}

const { CounterType } = windows;
/** Counter types (CounterType) that hold a count. */
export const RATE: readonly number[] = [CounterType.PERF_COUNTER_BULK_COUNT, CounterType.PERF_COUNTER_LARGE_RAWCOUNT];
/** Counter types that hold time in 100 ns. */
export const TIMER: readonly number[] = [CounterType.PERF_100NSEC_TIMER, CounterType.PERF_PRECISION_100NS_TIMER];
/** Counter types that hold a sum and have a base counter. */
export const AVERAGE: readonly number[] = [CounterType.PERF_AVERAGE_BULK];

/** Windows' own counter set: raw values of one name each. */
export const counterSet = (
  set: string,
  instances: FieldKind,
  counters: CounterSet['counters'],
  about: { readonly since?: Since; readonly optional?: string } = {},
): CounterSet => ({
  ...query({
    command: `[System.Diagnostics.PerformanceCounterCategory]::new('${set}').ReadCategory()`,
    origin: 'performance counters',
    since: '2016',
    ...about,
    key: ['instance'],
    fields: { instance: instance(instances), values: counterValues },
  }),
  set,
  counters,
});

/** A NIC vendor's counter set with a row for each VF. */
export interface VfCounterSet extends CounterSet {
  /** The counters by what they count, from the VM's point of view */
  readonly traffic: {
    readonly receiveBytes: string;
    readonly transmitBytes: string;
    readonly receivePackets?: string;
    readonly transmitPackets?: string;
  };
}

/**
 * @param driver vendor and driver that bring the set
 * @param set its English name; the module finds it and its counters without regard to case, blanks and marks
 */
export const vfCounterSet = (driver: string, set: string, traffic: VfCounterSet['traffic']): VfCounterSet => ({
  ...counterSet(set, 'vf_instance', Object.fromEntries(Object.values(traffic).map((name) => [name, RATE])), {
    optional: `only ${driver} brings it`,
  }),
  traffic,
});

/** What is kept of rows that have a time: those of the last `forMs`, the newest `rows` of them. */
export interface Retention {
  readonly forMs: number;
  readonly rows: number;
}

/** What an entry of the event log reports. */
export type LogEntryKind = 'team_processors' | 'vm_queue_refused' | 'vf_refused';

const eventFields = {
  recordId: required(number('RecordId')),
  id: required(number('Id')),
  /** Unix milliseconds */
  time: required(time('TimeCreated')),
  message: brief('Message'),
  /** The entry's own values in their order, as texts; at most 20 */
  values: briefs('Properties.Value'),
};

/** Entries of one provider in one channel of the event log, read by Get-WinEvent, newest first. */
export interface EventLog extends TypedQuery<typeof eventFields> {
  readonly channel: string;
  readonly provider: string;
  readonly ids: Readonly<Record<number, LogEntryKind>>;
  readonly retained: Retention;
}

const DAY = 86_400_000;
const MAX_ENTRIES = 200;

/** Declares entries of one event log by provider and id: the newest 200 of the last day. */
export const eventLog = ({ channel, provider, ids }: Pick<EventLog, 'channel' | 'provider' | 'ids'>): EventLog => ({
  ...query({
    origin: 'event log',
    since: '2012',
    command: `Get-WinEvent -FilterHashtable @{ LogName = '${channel}'; ProviderName = '${provider}'; Id = ${Object.keys(ids).join(', ')} } -MaxEvents ${MAX_ENTRIES}`,
    type: 'EventLogRecord',
    key: ['recordId'],
    optional: `the account may not be allowed to read the log ${channel} (group Event Log Readers)`,
    fields: eventFields,
  }),
  channel,
  provider,
  ids,
  retained: { forMs: DAY, rows: MAX_ENTRIES },
});

/** Whether a query reads an event log. */
export const isEventLog = (about: object): about is EventLog => 'channel' in about;
/** Whether a query reads a counter set. */
export const isCounterSet = (about: object): about is CounterSet => 'set' in about;
/** Whether a query reads a vendor's counter set of VFs. */
export const isVfCounterSet = (about: object): about is VfCounterSet => 'traffic' in about;
