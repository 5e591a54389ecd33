import type { About } from '../../../collect/powershell/one-shot.ts';
import { type Check, failed, ok, type Outcome } from '../check.ts';

const REMEDY = 'use Windows PowerShell 5.1, which is part of Windows Server 2016 and later';

/** 5.1, or 7 on Windows Server 2019 and later. Pure. */
export function versionOutcome({ version, edition }: Pick<About, 'version' | 'edition'>): Outcome {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (edition === 'Desktop' && major === 5 && minor >= 1) return ok(`${version} ${edition}`);
  if (edition === 'Core' && major >= 7)
    return ok(`${version} ${edition}: needs Windows Server 2019 or later for the Hyper-V and NetAdapter modules`);
  return failed(`${version} ${edition} is too old`, REMEDY);
}

/** The version of PowerShell. */
export const version: Check = {
  id: 'powershell_version',
  title: 'PowerShell version and edition',
  needs: ['powershell'],
  run: async (inspection) => versionOutcome(await inspection.about()),
};
