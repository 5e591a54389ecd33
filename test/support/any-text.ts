import * as fc from 'fast-check';

/** Fast-check asks whether it could have made a text: of one character, nothing else. */
const codeOf = (text: unknown): number => {
  const code = typeof text === 'string' ? text.codePointAt(0) : undefined;
  return code !== undefined && String.fromCodePoint(code) === text ? code : Number.NaN;
};

const anyCharacter = fc
  .integer({ min: 0, max: 0x10ffff })
  // Halves of a character that UTF-16 has in two are none.
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code), codeOf);

/** Text of any characters, as fast-check's unit `binary` makes it, without that unit's table of a million characters. */
export const anyText = (constraints: fc.StringSharedConstraints = {}): fc.Arbitrary<string> =>
  fc.string({ ...constraints, unit: anyCharacter });
