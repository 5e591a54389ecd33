import { join } from 'node:path';
import { configurationFiles } from '../../../config/settings.ts';
import { readWebConfig } from '../../../http/web-config/load.ts';
import { type Check, failed, ok, type Outcome, skipped } from '../check.ts';
import { type Inspection, MODULE_FOLDER, PROGRAM_FOLDER } from '../inspection.ts';
import { findPosixWriter } from '../posix-writers.ts';
import { findWindowsWriter, type Strictness } from '../../../windows/writers.ts';

/** First thing on the way to one of `paths` that others can write. */
const findWriter = async (
  inspection: Inspection,
  paths: readonly string[],
  strictness: Strictness,
  windows: boolean,
): Promise<string | undefined> =>
  windows
    ? findWindowsWriter(await inspection.windows(), paths, strictness)
    : paths.map(findPosixWriter).find((found) => found !== undefined);

interface Guarded {
  readonly id: string;
  readonly title: string;
  readonly paths: (inspection: Inspection) => readonly string[] | Promise<readonly string[]>;
  readonly strictness?: Strictness;
  /** Said where there is nothing to look at */
  readonly none: string;
  readonly needs?: readonly string[];
}

const guarded = ({ id, title, paths, strictness = 'program', none, needs = [] }: Guarded, windows: boolean): Check => ({
  id,
  title,
  needs: ['configuration', ...needs],
  async run(inspection): Promise<Outcome> {
    const found = await paths(inspection);
    if (found.length === 0) return skipped(none);
    const writer = await findWriter(inspection, found, strictness, windows);
    return writer === undefined
      ? ok(`only administrators${strictness === 'state' ? ' and the service' : ''} can write ${found.join(', ')}`)
      : failed(
          writer,
          windows
            ? 'run icacls PATH /inheritance:r and grant write to SYSTEM and Administrators only: a privileged account runs what is in these files'
            : 'run chmod go-w and chown root: a privileged account runs what is in these files',
        );
  },
});

const present = (paths: readonly (string | undefined)[]): readonly string[] =>
  paths.filter((path): path is string => path !== undefined);

/** The configuration file, the files that it names, and those that the web configuration names. */
async function filesOf({ loaded, config }: Inspection): Promise<readonly string[]> {
  const web = config.web.config.file;
  return [
    ...new Set([
      ...(loaded instanceof Error || loaded.file === undefined ? [] : [loaded.file]),
      ...configurationFiles(config),
      ...(web === undefined ? [] : (await readWebConfig(web)).files),
    ]),
  ];
}

const FILES: readonly Guarded[] = [
  {
    id: 'program_rights',
    title: 'Write access to the program',
    paths: () => [join(PROGRAM_FOLDER, 'dist', 'main.js'), join(PROGRAM_FOLDER, 'node_modules'), process.execPath],
    none: 'no program',
  },
  {
    id: 'module_rights',
    title: "Write access to the agent's modules",
    paths: () =>
      ['HyperVSriov', 'HyperVSriovCounters']
        .flatMap((name) => ['psd1', 'psm1'].map((end) => join(MODULE_FOLDER, name, `${name}.${end}`)))
        .concat(join(MODULE_FOLDER, 'HyperVSriov', 'Queries.psd1')),
    none: 'no module',
  },
  {
    id: 'configuration_rights',
    title: 'Write access to the configuration',
    paths: filesOf,
    none: 'no configuration file',
  },
  {
    id: 'storage_rights',
    title: 'Write access to journal and state',
    paths: ({ config }) => present([config.storage.path]),
    strictness: 'state',
    none: 'no storage.path',
  },
];

const MODULE_PATH: Guarded = {
  id: 'module_path_rights',
  title: 'Write access to the folders of PSModulePath',
  paths: async (inspection) => (await inspection.modulePath()).folders,
  none: 'no PSModulePath',
  // PowerShell changes the module path of its environment, so PowerShell is asked for it.
  needs: ['module'],
};

/** Checks of who can write the files, for the platform that they run on. */
export const fileRights = (platform: NodeJS.Platform): readonly Check[] =>
  FILES.map((each) => guarded(each, platform === 'win32'));
/** The same of the folders from which PowerShell loads modules. */
export const modulePathRights = (platform: NodeJS.Platform): Check => guarded(MODULE_PATH, platform === 'win32');
