import type { VnicReason } from './row.ts';

type Common = 'topic' | 'step' | 'kind';
type Fixed = { readonly [K in Common]: VnicReason[K] };

/** Makes rows about vNICs that share topic, step and kind. */
export const vnicRows =
  (fixed: Fixed) =>
  (rest: Omit<VnicReason, 'subject' | Common> & Partial<Fixed>): VnicReason => ({ subject: 'vnic', ...fixed, ...rest });
