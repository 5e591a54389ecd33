import koffi from 'koffi';
import type { ServiceDispatcher } from '../boundary.ts';
import { type Pointer, windowsError, windowsFunction } from './library.ts';

const serviceMain = koffi.proto('void __stdcall ServiceMain(uint32_t count, void *args)');
const controlHandler = koffi.proto(
  'uint32_t __stdcall HandlerEx(uint32_t control, uint32_t eventType, void *eventData, void *context)',
);
koffi.struct('SERVICE_TABLE_ENTRYW', { lpServiceName: 'str16', lpServiceProc: koffi.pointer(serviceMain) });
koffi.struct('SERVICE_STATUS', {
  dwServiceType: 'uint32_t',
  dwCurrentState: 'uint32_t',
  dwControlsAccepted: 'uint32_t',
  dwWin32ExitCode: 'uint32_t',
  dwServiceSpecificExitCode: 'uint32_t',
  dwCheckPoint: 'uint32_t',
  dwWaitHint: 'uint32_t',
});

interface Entry {
  readonly lpServiceName: string | null;
  readonly lpServiceProc: Pointer;
}
const startDispatcher = windowsFunction<{
  async(table: readonly Entry[], done: (error: unknown, result: number) => void): void;
}>('advapi32.dll', 'int __stdcall StartServiceCtrlDispatcherW(SERVICE_TABLE_ENTRYW *table)');
const registerHandler = windowsFunction<(name: string, handler: bigint, context: null) => Pointer>(
  'advapi32.dll',
  'void * __stdcall RegisterServiceCtrlHandlerExW(str16 name, HandlerEx *handler, void *context)',
);
const setStatus = windowsFunction<(handle: Pointer, status: Readonly<Record<string, number>>) => number>(
  'advapi32.dll',
  'int __stdcall SetServiceStatus(void *handle, SERVICE_STATUS *status)',
);

const OWN_PROCESS = 0x10;
let handle: Pointer = null;

/** The service control dispatcher of this process. */
export const dispatcher: ServiceDispatcher = {
  run(name, { main, control }) {
    const onControl = koffi.register(control, koffi.pointer(controlHandler));
    const onMain = koffi.register(() => {
      handle = registerHandler(name, onControl, null);
      main();
    }, koffi.pointer(serviceMain));
    const table = [
      { lpServiceName: name, lpServiceProc: onMain },
      { lpServiceName: null, lpServiceProc: null },
    ];
    return new Promise((resolve, reject) => {
      // Blocks until the service has stopped, on a thread of its own; the callbacks come to this one.
      startDispatcher.async(table, (error, result) => {
        if (error === null || error === undefined) resolve(result !== 0);
        else reject(error instanceof Error ? error : new Error('StartServiceCtrlDispatcher failed'));
      });
    });
  },
  report({ state, accepted, exitCode, serviceExitCode, checkPoint, waitHintMs }) {
    const done = setStatus(handle, {
      dwServiceType: OWN_PROCESS,
      dwCurrentState: state,
      dwControlsAccepted: accepted,
      dwWin32ExitCode: exitCode,
      dwServiceSpecificExitCode: serviceExitCode,
      dwCheckPoint: checkPoint,
      dwWaitHint: waitHintMs,
    });
    if (done === 0) throw windowsError('SetServiceStatus');
  },
};
