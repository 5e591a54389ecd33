import * as fc from 'fast-check';

const SURROGATES = { from: 0xd800, to: 0xdfff } as const;

const anyCharacter = fc
  .integer({ min: 0, max: 0x10ffff })
  .filter((code) => code < SURROGATES.from || code > SURROGATES.to)
  .map(
    (code) => String.fromCodePoint(code),
    (text) => (text as string).codePointAt(0) ?? -1,
  );

/** Text of any characters, as fast-check's unit `binary` makes it, without that unit's table of a million characters. */
export const anyText = (constraints: fc.StringSharedConstraints = {}): fc.Arbitrary<string> =>
  fc.string({ ...constraints, unit: anyCharacter });
