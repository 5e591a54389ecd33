import { byPart, type Part } from '../../document/document.ts';
import { queriesOf } from '../../document/queries/index.ts';
import type { FieldKind } from '../../document/queries/field.ts';
import type { NameKind } from './pseudonyms.ts';

/** What happens to a field when a capture is anonymised. */
export type Rule =
  | NameKind
  /** stays; a text that is no number is scrubbed */
  | 'value'
  /** stays */
  | 'product'
  /** stays, and is remembered: counter instances hold it */
  | 'description'
  /** each GUID is replaced */
  | 'id'
  | 'mac'
  | 'ip'
  /** what is known by then is replaced within, and what looks like a name */
  | 'text'
  /** only what is known by then is replaced within */
  | 'fixed_text'
  | 'vnic_instance'
  | 'vp_instance'
  | 'lp_instance'
  | 'vf_instance'
  /** only the counters that the agent knows stay */
  | 'counters'
  /** numbers stay, GUIDs are replaced, anything else is taken for a name */
  | 'event_value';

const RULES: Readonly<Record<FieldKind, Rule>> = {
  value: 'value',
  product: 'product',
  nic_description: 'description',
  host_name: 'host',
  vm_name: 'vm',
  vswitch_name: 'vswitch',
  vnic_name: 'vnic',
  nic_name: 'nic',
  team_name: 'team',
  id: 'id',
  mac: 'mac',
  ip: 'ip',
  message: 'text',
  fixed_message: 'fixed_text',
  vnic_instance: 'vnic_instance',
  vp_instance: 'vp_instance',
  lp_instance: 'lp_instance',
  vf_instance: 'vf_instance',
  counters: 'counters',
  event_value: 'event_value',
};

type RulesOfSource = Readonly<Record<string, Rule>>;
const rules = byPart((part): Readonly<Record<string, RulesOfSource>> =>
  Object.fromEntries(
    Object.entries(queriesOf(part)).map(([source, { fields }]) => [
      source,
      Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, RULES[field.kind]])),
    ]),
  ),
);

/** The rule of each field, by source. */
export const rulesOf = (part: Part): Readonly<Record<string, RulesOfSource>> => rules[part];

export type Fields = Readonly<Record<string, unknown>>;
/** Whether a value is an object with fields. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
