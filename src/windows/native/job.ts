import { type Pointer, windowsError, windowsFunction } from './library.ts';

const createJob = windowsFunction<(security: null, name: null) => Pointer>(
  'kernel32.dll',
  'void * __stdcall CreateJobObjectW(void *security, str16 name)',
);
const setInformation = windowsFunction<(job: Pointer, kind: number, info: Buffer, size: number) => number>(
  'kernel32.dll',
  'int __stdcall SetInformationJobObject(void *job, int kind, void *info, uint32_t size)',
);
const assign = windowsFunction<(job: Pointer, process: Pointer) => number>(
  'kernel32.dll',
  'int __stdcall AssignProcessToJobObject(void *job, void *process)',
);
const currentProcess = windowsFunction<() => Pointer>('kernel32.dll', 'void * __stdcall GetCurrentProcess()');

const EXTENDED_LIMITS = 9;
/** JOBOBJECT_EXTENDED_LIMIT_INFORMATION on 64 bits, and where its LimitFlags stand */
const LIMITS_SIZE = 144;
const LIMIT_FLAGS_AT = 16;
const KILL_ON_CLOSE = 0x2000;

let job: Pointer = null;

/**
 * The job's only handle is this process's: when the process ends, Windows closes it and ends all processes of the job.
 * Node has such a job of its own for its children, which lets *their* children go; in this one they stay.
 */
export function holdChildren(): void {
  if (job !== null) return;
  const made = createJob(null, null);
  if (made === null) throw windowsError('CreateJobObject');
  const limits = Buffer.alloc(LIMITS_SIZE);
  limits.writeUInt32LE(KILL_ON_CLOSE, LIMIT_FLAGS_AT);
  if (setInformation(made, EXTENDED_LIMITS, limits, LIMITS_SIZE) === 0) throw windowsError('SetInformationJobObject');
  if (assign(made, currentProcess()) === 0) throw windowsError('AssignProcessToJobObject');
  job = made;
}
