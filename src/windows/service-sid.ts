import { createHash } from 'node:crypto';

/**
 * SID of the virtual account `NT SERVICE\name`: S-1-5-80 and the SHA-1 of the upper-case name in UTF-16, as five numbers
 * ([MS-DTYP] 2.4.2.4, NT SERVICE). It is known before the service exists, when its name cannot be looked up yet.
 */
export function serviceSid(name: string): string {
  const hash = createHash('sha1').update(Buffer.from(name.toUpperCase(), 'utf16le')).digest();
  return ['S-1-5-80', ...[0, 4, 8, 12, 16].map((at) => hash.readUInt32LE(at))].join('-');
}
