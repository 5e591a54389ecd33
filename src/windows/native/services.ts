import koffi from 'koffi';
import type { ServiceConfiguration, ServiceDefinition, ServiceManager, ServiceStatus } from '../boundary.ts';
import { ERROR, lastError, type Out, type Pointer, wide, windowsError, windowsFunction } from './library.ts';

const openManager = windowsFunction<(machine: null, database: null, access: number) => Pointer>(
  'advapi32.dll',
  'void * __stdcall OpenSCManagerW(str16 machine, str16 database, uint32_t access)',
);
const openService = windowsFunction<(manager: Pointer, name: string, access: number) => Pointer>(
  'advapi32.dll',
  'void * __stdcall OpenServiceW(void *manager, str16 name, uint32_t access)',
);
const closeService = windowsFunction<(handle: Pointer) => number>(
  'advapi32.dll',
  'int __stdcall CloseServiceHandle(void *handle)',
);
const createService = windowsFunction<
  (
    manager: Pointer,
    name: string,
    displayName: string,
    access: number,
    type: number,
    start: number,
    errorControl: number,
    commandLine: string,
    group: null,
    tag: null,
    dependencies: null,
    account: string,
    password: null,
  ) => Pointer
>(
  'advapi32.dll',
  'void * __stdcall CreateServiceW(void *manager, str16 name, str16 displayName, uint32_t access, uint32_t type, uint32_t start, uint32_t errorControl, str16 commandLine, str16 group, void *tag, str16 dependencies, str16 account, str16 password)',
);
const changeConfig = windowsFunction<
  (
    service: Pointer,
    type: number,
    start: number,
    errorControl: number,
    commandLine: string,
    group: null,
    tag: null,
    dependencies: null,
    account: string,
    password: null,
    displayName: string,
  ) => number
>(
  'advapi32.dll',
  'int __stdcall ChangeServiceConfigW(void *service, uint32_t type, uint32_t start, uint32_t errorControl, str16 commandLine, str16 group, void *tag, str16 dependencies, str16 account, str16 password, str16 displayName)',
);
const changeConfig2 = windowsFunction<(service: Pointer, level: number, info: Buffer) => number>(
  'advapi32.dll',
  'int __stdcall ChangeServiceConfig2W(void *service, uint32_t level, void *info)',
);
koffi.struct('QUERY_SERVICE_CONFIGW', {
  dwServiceType: 'uint32_t',
  dwStartType: 'uint32_t',
  dwErrorControl: 'uint32_t',
  lpBinaryPathName: 'str16',
  lpLoadOrderGroup: 'str16',
  dwTagId: 'uint32_t',
  lpDependencies: 'str16',
  lpServiceStartName: 'str16',
  lpDisplayName: 'str16',
});
const queryConfig = windowsFunction<(service: Pointer, info: Buffer, size: number, needed: Out<number>) => number>(
  'advapi32.dll',
  'int __stdcall QueryServiceConfigW(void *service, _Out_ uint8_t *info, uint32_t size, _Out_ uint32_t *needed)',
);
const queryStatus = windowsFunction<
  (service: Pointer, level: number, info: Buffer, size: number, needed: Out<number>) => number
>(
  'advapi32.dll',
  'int __stdcall QueryServiceStatusEx(void *service, int level, _Out_ uint8_t *info, uint32_t size, _Out_ uint32_t *needed)',
);
const startService = windowsFunction<(service: Pointer, count: number, args: null) => number>(
  'advapi32.dll',
  'int __stdcall StartServiceW(void *service, uint32_t count, void *args)',
);
const controlService = windowsFunction<(service: Pointer, control: number, status: Buffer) => number>(
  'advapi32.dll',
  'int __stdcall ControlService(void *service, uint32_t control, _Out_ uint8_t *status)',
);
const deleteService = windowsFunction<(service: Pointer) => number>(
  'advapi32.dll',
  'int __stdcall DeleteService(void *service)',
);

const MANAGER_CONNECT = 0x1;
const MANAGER_CREATE = 0x2;
const QUERY_CONFIG = 0x1;
const QUERY_STATUS = 0x4;
const START = 0x10;
const STOP_PAUSE_USER = 0x20 | 0x40 | 0x100;
const DELETE = 0x10000;
const ALL_ACCESS = 0xf01ff;
const OWN_PROCESS = 0x10;
const AUTO_START = 2;
const ERROR_NORMAL = 1;
/** The longest that Windows gives: 8 KiB */
const CONFIG_SIZE = 8192;
const STATUS_SIZE = 36;

/** Levels of ChangeServiceConfig2. */
const LEVEL = { description: 1, failureActions: 2, delayedStart: 3, failureFlag: 4, sid: 5, preshutdown: 7 } as const;
const RESTART = 1;
/** The token of the service has the service's own SID, whatever its account: rights on files are given to that. */
const SID_UNRESTRICTED = 1;

function withManager<T>(access: number, use: (manager: Pointer) => T): T {
  const manager = openManager(null, null, access);
  if (manager === null) throw windowsError('Opening the service control manager');
  try {
    return use(manager);
  } finally {
    closeService(manager);
  }
}

/** undefined where there is no such service. */
function withService<T>(name: string, access: number, use: (service: Pointer) => T): T | undefined {
  return withManager(MANAGER_CONNECT, (manager) => {
    const service = openService(manager, name, access);
    if (service === null) {
      const error = lastError();
      if (error === ERROR.serviceDoesNotExist) return undefined;
      throw windowsError(`Opening the service ${name}`, error);
    }
    try {
      return use(service);
    } finally {
      closeService(service);
    }
  });
}

/** As `withService`, for what makes no sense without the service. */
function withExisting<T>(name: string, access: number, use: (service: Pointer) => T): T {
  const result = withService(name, access, (service) => ({ value: use(service) }));
  if (result === undefined) throw windowsError(`Opening the service ${name}`, ERROR.serviceDoesNotExist);
  return result.value;
}

function configuration(name: string): ServiceConfiguration | undefined {
  return withService(name, QUERY_CONFIG, (service) => {
    const info = Buffer.alloc(CONFIG_SIZE);
    if (queryConfig(service, info, info.length, [0]) === 0) throw windowsError(`Reading the service ${name}`);
    const read: unknown = koffi.decode(info, 'QUERY_SERVICE_CONFIGW');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the structure declared above
    const { lpBinaryPathName, lpServiceStartName } = read as { lpBinaryPathName: string; lpServiceStartName: string };
    return { commandLine: lpBinaryPathName, account: lpServiceStartName };
  });
}

function status(name: string): ServiceStatus | undefined {
  return withService(name, QUERY_STATUS, (service) => {
    const info = Buffer.alloc(STATUS_SIZE);
    if (queryStatus(service, 0, info, info.length, [0]) === 0) throw windowsError(`Reading the state of ${name}`);
    return {
      state: info.readUInt32LE(4),
      exitCode: info.readUInt32LE(12),
      serviceExitCode: info.readUInt32LE(16),
      processId: info.readUInt32LE(28),
    };
  });
}

const number = (value: number): Buffer => {
  const info = Buffer.alloc(4);
  info.writeUInt32LE(value);
  return info;
};
/** A structure that is one pointer. */
const pointer = (to: Buffer): Buffer => {
  const info = Buffer.alloc(8);
  info.writeBigUInt64LE(koffi.address(to));
  return info;
};

/** SERVICE_FAILURE_ACTIONSW on 64 bits: seconds until the count starts again, no message, no command, the actions. */
function failureActions({ restartAfterMs, resetAfterMs }: ServiceDefinition): { info: Buffer; actions: Buffer } {
  const actions = Buffer.concat(restartAfterMs.flatMap((delay) => [number(RESTART), number(delay)]));
  const info = Buffer.alloc(40);
  info.writeUInt32LE(resetAfterMs / 1000, 0);
  info.writeUInt32LE(restartAfterMs.length, 24);
  info.writeBigUInt64LE(koffi.address(actions), 32);
  return { info, actions };
}

/** Returns what this Windows does not know. */
function configure(service: Pointer, definition: ServiceDefinition): readonly string[] {
  const description = wide(definition.description);
  // The structures point into these two, which must live until the calls are done.
  const { info: failures, actions } = failureActions(definition);
  const parts: readonly (readonly [what: string, level: number, info: Buffer])[] = [
    ['description', LEVEL.description, pointer(description)],
    ['recovery actions', LEVEL.failureActions, failures],
    // Recovery actions only for a process that ended without reporting: a restart does not fix a fault that it reports itself.
    ['kinds of failures', LEVEL.failureFlag, number(0)],
    ['delayed start', LEVEL.delayedStart, number(1)],
    ['service SID', LEVEL.sid, number(SID_UNRESTRICTED)],
    ['time to shut down', LEVEL.preshutdown, number(definition.preshutdownMs)],
  ];
  const unknown = parts.filter(([what, level, info]) => {
    if (changeConfig2(service, level, info) !== 0) return false;
    const error = lastError();
    if (error === ERROR.invalidLevel) return true;
    throw windowsError(`Setting the ${what} of the service ${definition.name}`, error);
  });
  void [description, actions];
  return unknown.map(([what]) => what);
}

function define(definition: ServiceDefinition): readonly string[] {
  const { name, displayName, commandLine, account } = definition;
  const changed = withService(name, ALL_ACCESS, (service) => {
    const done = changeConfig(
      service,
      OWN_PROCESS,
      AUTO_START,
      ERROR_NORMAL,
      commandLine,
      null,
      null,
      null,
      account,
      null,
      displayName,
    );
    if (done === 0) throw windowsError(`Changing the service ${name}`);
    return configure(service, definition);
  });
  if (changed !== undefined) return changed;
  return withManager(MANAGER_CONNECT | MANAGER_CREATE, (manager) => {
    const service = createService(
      manager,
      name,
      displayName,
      ALL_ACCESS,
      OWN_PROCESS,
      AUTO_START,
      ERROR_NORMAL,
      commandLine,
      null,
      null,
      null,
      account,
      null,
    );
    if (service === null) throw windowsError(`Creating the service ${name}`);
    try {
      return configure(service, definition);
    } finally {
      closeService(service);
    }
  });
}

/** The service control manager of this Windows. */
export const services: ServiceManager = {
  configuration,
  status,
  define,
  delete(name) {
    withService(name, DELETE, (service) => {
      if (deleteService(service) === 0) throw windowsError(`Deleting the service ${name}`);
    });
  },
  start: (name) =>
    withExisting(name, START, (service) => {
      if (startService(service, 0, null) !== 0) return;
      const error = lastError();
      if (error !== ERROR.serviceAlreadyRunning) throw windowsError(`Starting the service ${name}`, error);
    }),
  control: (name, control) =>
    withExisting(name, STOP_PAUSE_USER, (service) => {
      if (controlService(service, control, Buffer.alloc(28)) !== 0) return;
      throw windowsError(`Sending control ${control} to the service ${name}`);
    }),
};
