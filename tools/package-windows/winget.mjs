// A winget manifest: three YAML files, learn.microsoft.com/windows/package-manager/package/manifest
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

const ID = 'hyperv-sriov-exporter.hyperv-sriov-exporter';
const VERSION = '1.6.0';

/** Writes the manifest of an installer that will lie at `url`. */
export function writeWinget(folder, { version, license, description, url, sha256, productCode }) {
  mkdirSync(folder, { recursive: true });
  const write = (suffix, ManifestType, content) => {
    const manifest = {
      PackageIdentifier: ID,
      PackageVersion: version,
      ...content,
      ManifestType,
      ManifestVersion: VERSION,
    };
    writeFileSync(join(folder, `${ID}${suffix}.yaml`), stringify(manifest));
  };
  write('', 'version', { DefaultLocale: 'en-US' });
  write('.installer', 'installer', {
    Platform: ['Windows.Server'],
    MinimumOSVersion: '10.0.14393.0',
    InstallerType: 'wix',
    Scope: 'machine',
    ElevationRequirement: 'elevationRequired',
    UpgradeBehavior: 'install',
    Installers: [
      { Architecture: 'x64', InstallerUrl: url, InstallerSha256: sha256.toUpperCase(), ProductCode: productCode },
    ],
  });
  write('.locale.en-US', 'defaultLocale', {
    PackageLocale: 'en-US',
    Publisher: 'hyperv-sriov-exporter',
    PackageName: 'Hyper-V SR-IOV exporter',
    License: license,
    ShortDescription: description,
  });
}
