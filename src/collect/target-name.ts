import { quoted } from '../errors.ts';

const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/;

/** Why a text cannot be the name of a target, which is a label, a folder and a parameter of addresses; undefined if it can. */
export const targetNameFault = (name: string): string | undefined =>
  NAME.test(name)
    ? undefined
    : `${quoted(name)} is not a valid name: 1 to 63 of a-z, 0-9, dot and hyphen, a letter or digit at both ends`;
