import type { z } from 'zod';
import type { EnumerationName } from '../enumerations.ts';
import * as values from '../values.ts';

/** What a field is about. It decides how the field is parsed, sent by the PowerShell module and anonymised. */
export type FieldKind =
  /** a number, a flag, a set of bits, or a value of an enumeration */
  | 'value'
  /** a text about hardware or a product: driver version, model, what a vendor calls an extension */
  | 'product'
  /** InterfaceDescription of a NIC: a product's name that counter instances hold too */
  | 'nic_description'
  | 'host_name'
  | 'vm_name'
  | 'vswitch_name'
  | 'vnic_name'
  /** connection name of a NIC */
  | 'nic_name'
  | 'team_name'
  /** a GUID, or an id made of GUIDs such as `Microsoft:<VM GUID>\<vNIC GUID>` */
  | 'id'
  | 'mac'
  | 'ip'
  /** a message for people, in the host's language */
  | 'message'
  /** the same, of a fixed wording: it may quote registry values, and names nothing of the host */
  | 'fixed_message'
  /** `<VM name>_<vNIC name>_<VM GUID>--<vNIC GUID>` */
  | 'vnic_instance'
  /** `<VM name>:Hv VP <n>` */
  | 'vp_instance'
  /** `Hv LP <n>`, `Root VP <n>` */
  | 'lp_instance'
  /** a NIC's description or connection name and the VF's number */
  | 'vf_instance'
  /** raw counter values by name */
  | 'counters'
  /** a value of an event log entry: a number, a GUID, the name of a NIC or a name */
  | 'event_value';

/** How the PowerShell module casts a value (ConvertTo-Row in HyperVSriov.psm1). */
export type Cast =
  | 'text'
  | 'int'
  | 'wide'
  | 'bool'
  | 'texts'
  | 'ints'
  | 'intOrWord'
  | 'ticks'
  | 'time'
  | 'brief'
  | 'briefs';

/** The oldest Windows Server that is known to have a property. */
export type Since = '2012' | '2016' | '2019' | '2022' | '2025';

export interface FieldOptions {
  /** Another property, which older or newer releases have in its place */
  readonly or?: string;
  /** Of a CIM property that the module's type file shows as a word: the raw number is read */
  readonly raw?: true;
  /** The row of docs/unverified.md that says so, where no public source shows that Windows has it */
  readonly unproven?: string;
  /** Where it is not as old as the query's other properties */
  readonly since?: Since;
}

/** One property of a cmdlet's objects, and what a row holds of it. */
export interface Field<S extends z.ZodType = z.ZodType> extends FieldOptions {
  readonly kind: FieldKind;
  /** The property of Windows; `a.b` is b of a. A query of several classes names the class first. */
  readonly property: string;
  readonly cast: Cast;
  readonly enumeration?: EnumerationName;
  readonly schema: S;
}
export type Fields = Readonly<Record<string, Field>>;

const make =
  <S extends z.ZodType>(schema: S, cast: Cast, kind: FieldKind) =>
  (property: string, options: FieldOptions = {}): Field<S> => ({ kind, property, cast, schema, ...options });

/** An integer of 0 or more */
export const number = make(values.int, 'int', 'value');
/** A number that may be below 0 */
export const signed = make(values.signedInt, 'int', 'value');
/** A 64-bit number, in the row a double */
export const wide = make(values.wide, 'wide', 'value');
/** A set of 64 bits, in the row decimal text */
export const mask = make(values.mask, 'wide', 'value');
/** True or false */
export const flag = make(values.bool, 'bool', 'value');
/** A list of integers of 0 or more */
export const numbers = make(values.ints, 'ints', 'value');
/** The ticks of a TimeSpan, in the row milliseconds */
export const duration = make(values.wide, 'ticks', 'value');

/** A DateTime, in the row Unix milliseconds */
export const time = make(values.time, 'time', 'value');
/** A message, cut after 1,000 characters */
export const brief = make(values.text, 'brief', 'message');
/** At most 20 texts, each cut after 256 characters */
export const briefs = make(values.texts, 'briefs', 'event_value');

/** Name of a product, a version or a word of Windows: identifies no customer */
export const product = make(values.text, 'text', 'product');
/** InterfaceDescription of a NIC */
export const nicDescription = make(values.text, 'text', 'nic_description');
/** InterfaceDescriptions of NICs */
export const nicDescriptions = make(values.texts, 'texts', 'nic_description');
/** Name of a host */
export const hostName = make(values.text, 'text', 'host_name');
/** Name of a VM */
export const vmName = make(values.text, 'text', 'vm_name');
/** Name of a vSwitch */
export const vswitchName = make(values.text, 'text', 'vswitch_name');
/** Name of a virtual NIC */
export const vnicName = make(values.text, 'text', 'vnic_name');
/** Name of a NIC, which an administrator chooses */
export const nicName = make(values.text, 'text', 'nic_name');
/** Names of NICs */
export const nicNames = make(values.texts, 'texts', 'nic_name');
/** Name of an LBFO team */
export const teamName = make(values.text, 'text', 'team_name');
/** A GUID or another id of one object */
export const id = make(values.text, 'text', 'id');
/** Ids of objects */
export const ids = make(values.texts, 'texts', 'id');
/** A MAC address */
export const mac = make(values.text, 'text', 'mac');
/** MAC addresses */
export const macs = make(values.texts, 'texts', 'mac');
/** IP addresses */
export const ips = make(values.texts, 'texts', 'ip');
/** Messages of Windows, which may contain names */
export const messages = make(values.texts, 'texts', 'message');
/** Messages of Windows that contain no names */
export const fixedMessages = make(values.texts, 'texts', 'fixed_message');
/** A VmNicID, which ends as a vNIC's counter instance does */
export const vnicInstance = make(values.text, 'text', 'vnic_instance');
/** The instance of a counter set's row, and what its name is made of */
export const instance = (kind: FieldKind): Field<typeof values.requiredText> =>
  make(values.requiredText, 'text', kind)('instance');
/** Raw values of a counter set's row, by English name */
export const counterValues: Field<typeof values.counters> = make(values.counters, 'text', 'counters')('values');

const ofEnumeration =
  <S extends z.ZodType>(schema: S, cast: Cast, kind: FieldKind = 'value') =>
  (enumeration: EnumerationName, property: string, options: FieldOptions = {}): Field<S> => ({
    ...make(schema, cast, kind)(property, options),
    enumeration,
  });
/** The number of a member */
export const member = ofEnumeration(values.int, 'int');
/** The same of an enumeration that has negative numbers */
export const signedMember = ofEnumeration(values.signedInt, 'int');
/** Numbers of members */
export const members = ofEnumeration(values.ints, 'ints');
/** The number of a member, or its name where the number cannot be read */
export const memberOrName = ofEnumeration(values.intOrWord, 'intOrWord', 'product');

/** A field without which a row is of no use. */
export function required(field: Field<typeof values.text>): Field<typeof values.requiredText>;
export function required(field: Field<typeof values.int>): Field<typeof values.requiredInt>;
export function required(field: Field): Field {
  if (field.schema === values.time) return { ...field, schema: values.requiredTime };
  return { ...field, schema: field.schema === values.int ? values.requiredInt : values.requiredText };
}
