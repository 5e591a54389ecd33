import { moduleFile } from '../../../collect/powershell/environment.ts';
import { explainImport, isFull, type Language } from '../../../collect/powershell/language.ts';
import { MODULE_FOLDER } from '../inspection.ts';
import { type Check, failed, ok, type Outcome } from '../check.ts';

const REMEDY = 'allow the module files in the application control policy: docs/windows.md, "Application control"';

/**
 * Whether the session's language mode lets the module run. Pure.
 * @param file full path of the module, for one that is not there
 */
export function languageOutcome(language: Language | undefined, file: string): Outcome {
  if (language === undefined) return failed('PowerShell did not report its language mode', REMEDY);
  const { mode, module, refusal } = language;
  if (isFull(language)) return ok(mode);
  if (module === undefined) return failed(`PowerShell runs in ${mode} mode and did not report more`, REMEDY);
  if (module !== '') return ok(`${mode}: an application control policy is in force and allows the agent's module`);
  const { code, message } = explainImport(refusal, mode, file);
  return code === 'constrained_language'
    ? failed(message, REMEDY)
    : ok(`${mode}; the check of the module says why it does not load`);
}

/** PowerShell's language mode, and what works in it. */
export const language: Check = {
  id: 'language_mode',
  title: 'Language mode',
  needs: ['powershell'],
  run: async (inspection) =>
    languageOutcome(await inspection.language(), moduleFile(MODULE_FOLDER, inspection.context.platform)),
};
