/** Windows counts whole things. */
export const integer = (value: number): number => Math.max(0, Math.floor(value));
