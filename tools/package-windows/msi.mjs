// The installer: a description for wixl (Debian: apt-get install wixl), and what wixl cannot say put into the database
// afterwards by msibuild (of the same package msitools).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Must never change: Windows uses it to recognise that a package replaces an earlier one. */
const UPGRADE_CODE = '7B3C5B8E-6C4C-4B62-9F0B-5B8A6F2D1E90';
const SERVICE = 'hyperv-sriov-exporter';
const TITLE = 'Hyper-V SR-IOV exporter';

/** Properties that an administrator gives on the command line of msiexec, and the flag of `setup` that each becomes. */
export const PROPERTIES = [
  ['LISTEN_ADDR', ' --web.listen-address "[LISTEN_ADDR]:[LISTEN_PORT]"', 'LISTEN_ADDR OR LISTEN_PORT'],
  ['CONFIG_FILE', ' --config.file "[CONFIG_FILE]"'],
  ['REMOTE_ADDR', ' --remote-address "[REMOTE_ADDR]"'],
  ['SERVICE_ACCOUNT', ' --account "[SERVICE_ACCOUNT]"'],
  ['DATA_DIR', ' --data "[DATA_DIR]"'],
  ['SKIP_GROUPS', ' --no-groups', 'SKIP_GROUPS = 1'],
  ['TAKE_OVER', ' --take-over', 'TAKE_OVER = 1'],
  ['EXTRA_FLAGS', ' [EXTRA_FLAGS]'],
];

/** Kinds of custom actions: learn.microsoft.com/windows/win32/msi/summary-list-of-all-custom-action-types */
const SET_PROPERTY = 51;
const RUN_INSTALLED_PROGRAM = 18;
const CONTINUE_ON_ERROR = 0x40;
const ROLLBACK = 0x100;
const DEFERRED_AS_SYSTEM = 0x400 + 0x800;

/** Position of our actions among those of Windows Installer: learn.microsoft.com/windows/win32/msi/suggested-installexecutesequence */
const AFTER = { costFinalize: 1000, installInitialize: 1500, stopServices: 1900, registerTypeLibraries: 5800 };

const xml = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const uuid = (text) =>
  createHash('sha256')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')
    .toUpperCase();
const id = (prefix, path) => `${prefix}${createHash('sha256').update(path).digest('hex').slice(0, 20)}`;

/** @param {readonly string[]} files paths below the program's folder, with forward slashes */
function description(files, { version, productCode }) {
  const tree = { folders: new Map(), files: [] };
  for (const file of files) {
    const parts = file.split('/');
    let at = tree;
    for (const name of parts.slice(0, -1)) {
      if (!at.folders.has(name)) at.folders.set(name, { folders: new Map(), files: [] });
      at = at.folders.get(name);
    }
    at.files.push(file);
  }
  const components = [];
  const component = (path, content) => {
    components.push(id('C', path));
    return `<Component Id="${id('C', path)}" Guid="${uuid(`${UPGRADE_CODE} ${path}`)}" Win64="yes">${content}</Component>`;
  };
  const inside = (node, path) => [
    ...node.files.map((file) => {
      const name = file.split('/').at(-1);
      const control =
        file === 'node.exe'
          ? `<ServiceControl Id="Service" Name="${SERVICE}" Start="install" Stop="both" Wait="yes"/>`
          : '';
      const key = file === 'node.exe' ? 'node.exe' : id('F', file);
      return component(file, `<File Id="${key}" Source="${xml(file)}" Name="${xml(name)}" KeyPath="yes"/>${control}`);
    }),
    ...[...node.folders].map(
      ([name, child]) =>
        `<Directory Id="${id('D', `${path}/${name}`)}" Name="${xml(name)}">${inside(child, `${path}/${name}`).join('\n')}</Directory>`,
    ),
  ];
  return `<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="${productCode}" Name="${TITLE}" Language="1033" Version="${version}" Manufacturer="${SERVICE}" UpgradeCode="${UPGRADE_CODE}">
    <Package InstallerVersion="500" Compressed="yes" InstallScope="perMachine" Description="${TITLE} ${version}"/>
    <MajorUpgrade DowngradeErrorMessage="A newer version of ${TITLE} is installed. Remove it first."/>
    <Media Id="1" Cabinet="program.cab" EmbedCab="yes"/>
    <!-- Files that are in use are replaced at the next boot: an installer of a monitoring agent restarts no host. -->
    <Property Id="REBOOT" Value="ReallySuppress"/>
    <Property Id="ARPNOMODIFY" Value="1"/>
    <Property Id="ARPCOMMENTS" Value="Prometheus exporter and alerting agent for SR-IOV and VM queues on Hyper-V hosts"/>
    <Condition Message="Windows Server 2016 or later on x64 is needed.">Installed OR VersionNT64 &gt;= 603</Condition>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="ProgramFiles64Folder">
        <Directory Id="INSTALLDIR" Name="${SERVICE}">
${inside(tree, '').join('\n')}
        </Directory>
      </Directory>
    </Directory>
    <Feature Id="Main" Level="1" Title="${TITLE}">
${components.map((each) => `<ComponentRef Id="${each}"/>`).join('\n')}
    </Feature>
  </Product>
</Wix>
`;
}

const text = (value) => `'${value.replaceAll("'", "''")}'`;
const insert = (table, row) =>
  `INSERT INTO \`${table}\` (${Object.keys(row)
    .map((name) => `\`${name}\``)
    .join(', ')}) VALUES (${Object.values(row)
    .map((value) => (typeof value === 'number' ? value : text(value)))
    .join(', ')})`;
const action = (Action, Type, Source, Target) => insert('CustomAction', { Action, Type, Source, Target });
const at = (Action, Sequence, Condition = '') => insert('InstallExecuteSequence', { Action, Condition, Sequence });

/** What wixl 0.101 cannot say. */
function queries(version, nodeFlags) {
  const program = `${nodeFlags.join(' ')} "[INSTALLDIR]dist\\main.js"`;
  const flags = PROPERTIES.flatMap(([name, flag, condition = name], i) => [
    action(`SetupFlags${name}`, SET_PROPERTY, 'SETUP_FLAGS', `[SETUP_FLAGS]${flag}`),
    at(`SetupFlags${name}`, AFTER.costFinalize + 10 + i, condition),
  ]);
  const bin = id('C', 'bin/hyperv-sriov-exporter.cmd');
  return [
    // Old and new program are exchanged within the transaction: what fails brings the old one back.
    `UPDATE \`InstallExecuteSequence\` SET \`Sequence\` = ${AFTER.installInitialize + 1} WHERE \`Action\` = 'RemoveExistingProducts'`,
    // A package of the same version, made or signed again, replaces the one that is installed, too. Part of the row's key.
    "DELETE FROM `Upgrade` WHERE `ActionProperty` = 'WIX_UPGRADE_DETECTED'",
    insert('Upgrade', {
      UpgradeCode: `{${UPGRADE_CODE}}`,
      VersionMin: '0.0.0',
      VersionMax: version,
      Attributes: 0x1 + 0x100 + 0x200,
      ActionProperty: 'WIX_UPGRADE_DETECTED',
    }),
    // Only these may be given to an installation that was started without administrator's rights.
    `UPDATE \`Property\` SET \`Value\` = ${text(
      [
        'WIX_DOWNGRADE_DETECTED',
        'WIX_UPGRADE_DETECTED',
        'LISTEN_PORT',
        'REMOVE_DATA',
        ...PROPERTIES.map(([name]) => name),
      ].join(';'),
    )} WHERE \`Property\` = 'SecureCustomProperties'`,
    // = create, - remove at uninstall, * of the machine; [~] what is there
    insert('Environment', { Environment: 'Path', Name: '=-*Path', Value: '[~];[INSTALLDIR]bin', Component_: bin }),
    at('RemoveEnvironmentStrings', 3300),
    at('WriteEnvironmentStrings', 5200),
    action('DefaultPort', SET_PROPERTY, 'LISTEN_PORT', '10182'),
    at('DefaultPort', AFTER.costFinalize + 1, 'LISTEN_ADDR AND NOT LISTEN_PORT'),
    ...flags,
    action('UndoFlags', SET_PROPERTY, 'UNDO_FLAGS', ' --remove-data'),
    at('UndoFlags', AFTER.costFinalize + 40, 'REMOVE_DATA = 1'),
    // Windows reports a service as stopped before its process has ended, and files of a running process stay until the
    // next boot: our own command waits for the process.
    action(
      'StopRollback',
      RUN_INSTALLED_PROGRAM + DEFERRED_AS_SYSTEM + ROLLBACK + CONTINUE_ON_ERROR,
      'node.exe',
      `${program} service start`,
    ),
    at('StopRollback', AFTER.stopServices - 11, 'Installed'),
    action(
      'Stop',
      RUN_INSTALLED_PROGRAM + DEFERRED_AS_SYSTEM + CONTINUE_ON_ERROR,
      'node.exe',
      `${program} service stop`,
    ),
    at('Stop', AFTER.stopServices - 10, 'Installed'),
    action(
      'Setup',
      RUN_INSTALLED_PROGRAM + DEFERRED_AS_SYSTEM,
      'node.exe',
      `${program} setup --no-start --no-doctor[SETUP_FLAGS]`,
    ),
    at('Setup', AFTER.registerTypeLibraries + 50, 'NOT REMOVE~="ALL"'),
    action(
      'SetupRollback',
      RUN_INSTALLED_PROGRAM + DEFERRED_AS_SYSTEM + ROLLBACK + CONTINUE_ON_ERROR,
      'node.exe',
      `${program} setup --undo`,
    ),
    at('SetupRollback', AFTER.registerTypeLibraries + 49, 'NOT Installed AND NOT WIX_UPGRADE_DETECTED'),
    action(
      'Undo',
      RUN_INSTALLED_PROGRAM + DEFERRED_AS_SYSTEM + CONTINUE_ON_ERROR,
      'node.exe',
      `${program} setup --undo[UNDO_FLAGS]`,
    ),
    at('Undo', AFTER.stopServices + 50, 'REMOVE~="ALL" AND NOT UPGRADINGPRODUCTCODE'),
  ];
}

const ENVIRONMENT_TABLE =
  'Environment\tName\tValue\tComponent_\r\ns72\tl255\tL255\ts72\r\nEnvironment\tEnvironment\r\n';

function run(program, args, cwd) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', cwd });
  if (error !== undefined || status !== 0 || /WARNING|ERROR/.test(stderr))
    throw new Error(`${program} failed: ${error?.message ?? stderr}`);
}

/** Whether this machine can make an installer. */
export const canMakeMsi = () =>
  ['wixl', 'msibuild'].every((program) => spawnSync(program, ['--version']).error === undefined);

/**
 * Makes the installer of a program folder.
 * @param {readonly string[]} files paths below it, with forward slashes
 * @param {{ nodeFlags: readonly string[] }} about its version, the flags of Node that the program runs with, its folder
 * @returns {{ productCode: string }}
 */
export function makeMsi(target, files, { version, nodeFlags, folder, contentHash }) {
  const work = mkdtempSync(join(tmpdir(), 'msi-'));
  const productCode = uuid(`${version} ${contentHash}`);
  try {
    const wxs = join(work, 'product.wxs');
    const idt = join(work, 'Environment.idt');
    writeFileSync(wxs, description(files, { version, productCode }));
    writeFileSync(idt, ENVIRONMENT_TABLE);
    // It finds files only by paths from its own folder.
    run('wixl', ['--arch', 'x64', '--output', target, wxs], folder);
    run('msibuild', [target, '-i', idt]);
    run('msibuild', [target, ...queries(version, nodeFlags).flatMap((query) => ['-q', query])]);
  } finally {
    rmSync(work, { recursive: true });
  }
  return { productCode: `{${productCode}}`, bytes: statSync(target).size };
}
