import { describe, expect, it } from 'vitest';
import {
  childEnvironment,
  findExecutable,
  inSystem32,
  moduleFile,
} from '../../../src/collect/powershell/environment.ts';
import { taskkill } from '../../../src/collect/powershell/kill-tree.ts';

const WINDOWS = {
  systemroot: 'D:\\Windows',
  Path: 'C:\\Windows',
  TERM: 'xterm-256color',
  PSMODULEPATH: 'C:\\Users\\x',
};

describe('the PowerShell that is started', () => {
  it("is Windows PowerShell at its full path, whatever the case of a variable's name", () => {
    const path = 'D:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe';
    expect(findExecutable(undefined, WINDOWS, 'win32')).toBe(path);
    expect(findExecutable('', { SystemRoot: 'D:\\Windows' }, 'win32')).toBe(path);
    expect(findExecutable(undefined, {}, 'win32')).toBe(path.replace('D:', 'C:'));
  });

  it.each(['\\pwsh.exe', '/pwsh.exe', 'C:pwsh.exe', 'pwsh.exe', '.\\pwsh.exe'])('is not %s on Windows', (path) => {
    expect(() => findExecutable(path, WINDOWS, 'win32')).toThrow('needs a full path');
  });

  it.each(['C:\\Program Files\\PowerShell\\7\\pwsh.exe', '\\\\nas\\tools\\pwsh.exe'])(
    'may be %s on Windows',
    (path) => {
      expect(findExecutable(path, WINDOWS, 'win32')).toBe(path);
    },
  );

  it('elsewhere is none of a folder that is not a full path', () => {
    expect(() => findExecutable(undefined, { PATH: '.:bin' }, 'linux')).toThrow('no pwsh on the PATH');
    expect(() => findExecutable('bin/pwsh', {}, 'linux')).toThrow('needs a full path');
  });
});

describe('its environment', () => {
  const of = (platform: NodeJS.Platform, moduleRoot: string, executable: string) =>
    childEnvironment({ env: { ...WINDOWS, NO_COLOR: '', NODE_POWERSHELL: 'x' }, executable, moduleRoot, platform });

  it('on Windows: modules of the agent, of that PowerShell and of Windows; no colours; nothing that would change either', () => {
    const agent = 'C:\\Program Files\\hyperv-sriov-exporter\\modules';
    expect(of('win32', agent, 'C:\\Program Files\\PowerShell\\7\\pwsh.exe')).toEqual({
      systemroot: 'D:\\Windows',
      Path: 'C:\\Windows',
      HVSRIOV_MODULE: `${agent}\\HyperVSriov\\HyperVSriov.psd1`,
      HVSRIOV_MODULES_BEFORE: `${agent};`,
      HVSRIOV_MODULES_AFTER: '\\Modules;D:\\Windows\\System32\\WindowsPowerShell\\v1.0\\Modules',
      PSModulePath: `${agent};C:\\Program Files\\PowerShell\\7\\Modules;D:\\Windows\\System32\\WindowsPowerShell\\v1.0\\Modules`,
      POWERSHELL_TELEMETRY_OPTOUT: '1',
      POWERSHELL_UPDATECHECK: 'Off',
      TERM: 'dumb',
      NO_COLOR: '1',
    });
  });

  it('elsewhere: the same without Windows', () => {
    expect(of('linux', '/opt/agent [1]', '/usr/bin/pwsh')).toMatchObject({
      HVSRIOV_MODULE: '/opt/agent `[1`]/HyperVSriov/HyperVSriov.psd1',
      HVSRIOV_MODULES_BEFORE: '/opt/agent [1]:',
      HVSRIOV_MODULES_AFTER: '/Modules',
      PSModulePath: '/opt/agent [1]:/usr/bin/Modules',
      TERM: 'dumb',
      NO_COLOR: '1',
    });
    expect(moduleFile('/opt/agent [1]', 'linux')).toBe('/opt/agent [1]/HyperVSriov/HyperVSriov.psd1');
  });
});

it('taskkill is called by its full path, with all that the process started', () => {
  expect(taskkill(42, WINDOWS)).toEqual(['D:\\Windows\\System32\\taskkill.exe', '/PID', '42', '/T', '/F']);
  expect(inSystem32({}, 'x')).toBe('C:\\Windows\\System32\\x');
});
