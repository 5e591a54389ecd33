import { type Check, failed, ok, type Outcome } from '../check.ts';

/** Pure. */
export function judgeLanguage(mode: string | undefined): Outcome {
  if (mode === 'FullLanguage') return ok(mode);
  return failed(
    mode === undefined
      ? 'PowerShell did not say its language mode'
      : `PowerShell runs in ${mode} mode (AppLocker or App Control)`,
    'allow full language for the service\'s account by policy: docs/windows.md, "Execution policy, signing, application control"',
  );
}

export const language: Check = {
  id: 'language_mode',
  title: 'Language mode',
  needs: ['powershell'],
  run: async (facts) => judgeLanguage(await facts.languageMode()),
};
