/**
 * Commands to be pasted into a PowerShell window. A command is built from calls and checked values and printed here,
 * in one place, so that no text from the host can become code, a wildcard, or a character that a terminal acts on.
 */

const CHECKED = Symbol('checked');

/** A text that a command may hold between single quotes. Made by literal() only. */
export interface Literal {
  readonly text: string;
  readonly [CHECKED]: 'literal' | 'name';
}
/** A literal without wildcards, for the parameters that take some. Made by exactName() only. */
export interface ExactName extends Literal {
  readonly [CHECKED]: 'name';
}
/** A property, a value of an enumeration or an argument of a program: constant text of this source, printed bare. */
export interface Word {
  readonly bare: string;
}
/** A switch parameter, printed without a value. */
export const ON = Symbol('on');

type Single = Literal | Word | number | boolean;
export type Argument = Single | readonly Single[] | typeof ON;

/** Parameters that the Hyper-V and NetAdapter cmdlets read as a pattern. */
type PatternParameter = 'Name' | 'VMName' | 'SwitchName' | 'VMSwitchName' | 'NetAdapterName' | 'VMNetworkAdapterName';
export type Parameters = Readonly<Record<string, Argument>> & {
  readonly [parameter in PatternParameter]?: ExactName | Word | readonly ExactName[];
};

/** One cmdlet or program with its arguments. */
export interface Call {
  readonly name: string;
  readonly arguments: readonly { readonly parameter?: string; readonly value?: Argument }[];
}
/** One pipeline. */
export interface Command {
  readonly calls: readonly [Call, ...Call[]];
}

/** What somebody does by hand, or one command. */
export interface Step {
  readonly text: string;
  readonly command?: Command | undefined;
}
/** Steps that are taken one after the other: never one line to paste. */
export interface Plan {
  readonly steps: readonly Step[];
}

const MAX_LITERAL = 256;
/**
 * Printable ASCII, and letters, digits and marks of scripts that every supported Windows compares one by one. Left out
 * are controls, marks that turn a line around or show as nothing, typographic quotes, and what old collation tables
 * take for nothing (emoji).
 */
const PLAIN =
  /^[\x20-\x7e\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+$/u;
const WILDCARD = /[*?[\]`]/;
/** Letters that show as nothing, and those of later tables than the oldest supported Windows has. */
const UNSURE = /[\p{Default_Ignorable_Code_Point}\u{10000}-\u{10ffff}]/u;
/** `--%` ends the parsing of a line, even between quotes. */
const isPlain = (text: string): boolean =>
  text.length <= MAX_LITERAL && PLAIN.test(text) && !UNSURE.test(text) && !text.startsWith('--');

/** A text from outside as a value; undefined where it holds a character that a command should not. */
export const literal = (text: string | undefined): Literal | undefined =>
  text !== undefined && isPlain(text) ? { text, [CHECKED]: 'literal' } : undefined;

/** A name from outside that no cmdlet reads as a pattern; undefined where one could. */
export const exactName = (text: string | undefined): ExactName | undefined =>
  text !== undefined && isPlain(text) && !WILDCARD.test(text) ? { text, [CHECKED]: 'name' } : undefined;

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** A GUID as a value; undefined for an id that is none. */
export const guidLiteral = (id: string | undefined): Literal | undefined =>
  id !== undefined && GUID.test(id) ? literal(id) : undefined;
/** The pattern of an id that ends with this GUID: the only pattern that a command holds. */
export const endsWithGuid = (id: string | undefined): Literal | undefined =>
  id !== undefined && GUID.test(id) ? literal(`*${id}`) : undefined;

/** A text of this source as a value. Throws where it is not plain: a fault of the source, found by its tests. */
export function constant(text: string): ExactName {
  const checked = exactName(text);
  if (checked === undefined) throw new TypeError(`not fit for a command: ${text}`);
  return checked;
}

/** A bare word of this source. Throws where PowerShell would read more than a word. */
export function word(bare: string): Word {
  if (!/^[A-Za-z/][\w./-]*$/.test(bare)) throw new TypeError(`not a word: ${bare}`);
  return { bare };
}
export const words = (...bare: readonly string[]): readonly Word[] => bare.map(word);

/** `Set-NetAdapterSriov -Name 'SLOT 2 Port 1' -NumVFs 8` */
export const call = (cmdlet: `${string}-${string}`, parameters: Parameters = {}): Call => ({
  name: cmdlet,
  arguments: Object.entries(parameters).map(([parameter, value]) => ({ parameter, value })),
});

/** `Where-Object InterfaceDescription -EQ 'Intel(R) X710'` */
export const where = (property: string, operator: 'EQ' | 'Like' | 'In', value: Argument): Call => ({
  name: 'Where-Object',
  arguments: [{ value: word(property) }, { parameter: operator, value }],
});

export const formatList = (...properties: readonly string[]): Call =>
  call('Format-List', { Property: words(...properties) });
export const formatTable = (...properties: readonly string[]): Call =>
  call('Format-Table', { Property: words(...properties) });

/** A program and its arguments: `bcdedit /deletevalue hypervisoriommupolicy` */
export const program = (name: string, ...args: readonly string[]): Command => ({
  calls: [{ name: word(name).bare, arguments: args.map((arg) => ({ value: word(arg) })) }],
});

export const pipeline = (first: Call, ...rest: readonly Call[]): Command => ({ calls: [first, ...rest] });

/** Programs of ours read the host and change nothing on it. */
const OURS = 'hyperv-sriov-exporter';
const READS = new Set(['Get', 'Where', 'Format', 'Select', 'Sort']);
/** Whether a command changes nothing on the host. */
export const isReadOnly = ({ calls }: Command): boolean =>
  calls.every(({ name }) => name === OURS || (name.includes('-') && READS.has(name.split('-')[0] ?? '')));

/** The command as one line. */
export const printCommand = ({ calls }: Command): string => calls.map(printCall).join(' | ');

export const printStep = ({ text, command }: Step): { readonly text: string; readonly command?: string } => ({
  text,
  ...(command !== undefined && { command: printCommand(command) }),
});

const printCall = (its: Call): string =>
  [
    its.name,
    ...its.arguments.flatMap(({ parameter, value }) => [
      ...(parameter === undefined ? [] : [`-${parameter}`]),
      ...(value === undefined || value === ON ? [] : [printArgument(value)]),
    ]),
  ].join(' ');

const printArgument = (value: Exclude<Argument, typeof ON>): string =>
  isList(value) ? value.map(printSingle).join(', ') : printSingle(value);
// Array.isArray does not narrow a readonly list away.
const isList = (value: Exclude<Argument, typeof ON>): value is readonly Single[] => Array.isArray(value);

function printSingle(value: Single): string {
  if (typeof value === 'boolean') return value ? '$true' : '$false';
  if (typeof value === 'number') return String(value);
  return 'bare' in value ? value.bare : `'${value.text.replaceAll("'", "''")}'`;
}
