import { OperationalError } from '../../errors.ts';
import { head } from '../../text/redact.ts';
import { IMPORT, MODULE_PATH_LINE } from './environment.ts';

/**
 * The first lines of every PowerShell, legal in ConstrainedLanguage too (about_Language_Modes: property reads inside
 * text, Import-Module, cmdlets). The first sets the module path, the second reports the language mode. The third does
 * nothing in full language. In any other mode it tries to import the module, since a module that the policy allows runs in full language in any session,
 * and reports the module's version, or blank and the error. The mode's name alone decides nothing: under an audit
 * policy PowerShell 7.4 and later report ConstrainedLanguage although nothing is refused.
 */
export const FIRST_LINES: readonly string[] = [
  MODULE_PATH_LINE,
  '"@HVSRIOV-LANGUAGE $($ExecutionContext.SessionState.LanguageMode)@"',
  "if ($ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') { " +
    `try { ${IMPORT} } ` +
    'catch { "@HVSRIOV-REFUSAL $($_.FullyQualifiedErrorId)@"; "@HVSRIOV-REASON $($_.Exception.Message -replace \'\\s+\', \' \')@" }; ' +
    '"@HVSRIOV-MODULE $((Get-Module HyperVSriov).Version)@" }',
];

/** Why an import failed: the error's id, which is the same in every language of Windows, and its text. */
export interface Refusal {
  readonly id: string;
  readonly text: string;
}

/** What a PowerShell answers to FIRST_LINES. */
export interface Language {
  readonly mode: string;
  /** Version of the module that was imported in a mode other than FullLanguage; empty if the import failed */
  readonly module?: string;
  /** Of an import that failed */
  readonly refusal?: Refusal;
}

/** The answer to FIRST_LINES in what a PowerShell printed; undefined until the mode is known. */
export function readLanguage(output: string): Language | undefined {
  const mode = /@HVSRIOV-LANGUAGE (\w+)@/.exec(output)?.[1];
  if (mode === undefined) return undefined;
  const module = /@HVSRIOV-MODULE ([\w.]*)@/.exec(output)?.[1];
  const id = /@HVSRIOV-REFUSAL (.*)@/.exec(output)?.[1];
  const text = /@HVSRIOV-REASON (.*)@/.exec(output)?.[1] ?? '';
  return { mode, ...(module === undefined ? {} : { module }), ...(id === undefined ? {} : { refusal: { id, text } }) };
}

/** Whether PowerShell runs in FullLanguage mode (no application control policy). */
export const isFull = ({ mode }: Language): boolean => mode === 'FullLanguage';

/** Whether everything that FIRST_LINES ask was answered. */
export const isAnswered = (language: Language): boolean => isFull(language) || language.module !== undefined;

/**
 * Why the module does not load, for the person who can change it. Decided by error ids, sentences are only quoted.
 * @param refusal id and text; both are standard error where no more is known, in which Windows PowerShell breaks lines
 *   at the console's width, also inside an id
 * @param mode the session's language mode
 * @param file full path of the module
 * @returns an error with code `constrained_language` (application control), `module_blocked` (execution policy),
 *   `module_not_found` or `module_not_loaded`
 */
export function explainImport(refusal: Refusal | undefined, mode: string, file: string): OperationalError {
  const { id = '', text = '' } = refusal ?? {};
  const ids = id.replaceAll(/\s+/g, '');
  const quoted = head(text.replaceAll(/\s+/g, ' ').trim(), 500) || 'nothing';
  const byPolicy = () =>
    new OperationalError(
      'constrained_language',
      `An application control policy (App Control or AppLocker) does not allow the PowerShell module HyperVSriov (language mode ${mode}). ` +
        `Allow the agent's module files in the policy: docs/windows.md, "Application control". PowerShell says: ${quoted}`,
    );
  // A PSSecurityException too, but not one of the execution policy's
  if (/ScriptFileBlockedBySystemPolicy/i.test(ids)) return byPolicy();
  if (/PSSecurityException|UnauthorizedAccess,|LinkID=135170|executionpolic/i.test(ids))
    return new OperationalError(
      'module_blocked',
      `The execution policy of this host blocks the PowerShell module HyperVSriov. Sign it or allow it by policy (RemoteSigned is enough). PowerShell says: ${quoted}`,
    );
  if (/Modules_ModuleNotFound|novalidmodulefile/i.test(ids))
    return new OperationalError('module_not_found', `The PowerShell module is missing: there is no ${file}`);
  if (mode !== 'FullLanguage') return byPolicy();
  return new OperationalError(
    'module_not_loaded',
    `The PowerShell module HyperVSriov did not load. PowerShell says: ${quoted}`,
  );
}
