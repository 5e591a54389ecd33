import { windows } from '../../document/enumerations.ts';

/**
 * The name of a Windows by its build: Win32_OperatingSystem's Caption is written in the host's language, a label must
 * not be. Builds: Microsoft's tables of releases of Windows Server and of Windows.
 */
const SERVERS: readonly (readonly [build: number, name: string])[] = [
  [26_100, 'Windows Server 2025'],
  [25_398, 'Windows Server 23H2'],
  [20_348, 'Windows Server 2022'],
  [17_763, 'Windows Server 2019'],
  [14_393, 'Windows Server 2016'],
];
const WINDOWS_11 = 22_000;

/** undefined where build or product type was not read; a build between two of the table is named after the older. */
export function osName(build: string | undefined, productType: number | undefined): string | undefined {
  const number = Number(build);
  if (build === undefined || productType === undefined || !(number > 0)) return undefined;
  if (productType === windows.ProductType.WorkStation) return number >= WINDOWS_11 ? 'Windows 11' : 'Windows 10';
  return SERVERS.find(([from]) => number >= from)?.[1] ?? 'Windows Server';
}
