/**
 * Commands that are safe to paste into a PowerShell window. A command is built from calls and checked values and is
 * printed only here, so that no text from the host can become code, a wildcard, or a character that a terminal
 * interprets.
 */

const CHECKED = Symbol('checked');

/** A text that is safe between single quotes. Made by literal() only. */
export interface Literal {
  readonly text: string;
  readonly [CHECKED]: 'literal' | 'name';
}
/** A literal without wildcards, for parameters that expand wildcards. Made by exactName() only. */
export interface ExactName extends Literal {
  readonly [CHECKED]: 'name';
}
/**
 * A property, a value of an enumeration or an argument of a program: constant text of this program, printed without
 * quotes.
 */
export interface Word {
  readonly bare: string;
}
/** A switch parameter, printed without a value. */
export const ON = Symbol('on');

type Single = Literal | Word | number | boolean;
export type Argument = Single | readonly Single[] | typeof ON;

/** Parameters for which the Hyper-V and NetAdapter cmdlets expand wildcards. */
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

/** One step of a plan: a manual step, or one command. */
export interface Step {
  readonly text: string;
  readonly command?: Command | undefined;
}
/** Steps that are done in order. They are never printed as one line. */
export interface Plan {
  readonly steps: readonly Step[];
}

const MAX_LITERAL = 256;
/**
 * Printable ASCII, and letters, digits and marks of scripts that every supported Windows compares character by
 * character. Not included: control characters, bidirectional and invisible characters, typographic quotes, and
 * characters that old collation tables ignore (emoji).
 */
const PLAIN =
  /^[\x20-\x7e\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+$/u;
const WILDCARD = /[*?[\]`]/;
/** Invisible letters, and letters that the collation tables of the oldest supported Windows do not have. */
const UNSURE = /[\p{Default_Ignorable_Code_Point}\u{10000}-\u{10ffff}]/u;
/** `--%` stops the parsing of a line, even between quotes. */
const isPlain = (text: string): boolean =>
  text.length <= MAX_LITERAL && PLAIN.test(text) && !UNSURE.test(text) && !text.startsWith('--');

/** A text from outside as a value; undefined if it has a character that is unsafe in a command. */
export const literal = (text: string | undefined): Literal | undefined =>
  text !== undefined && isPlain(text) ? { text, [CHECKED]: 'literal' } : undefined;

/** A name from outside that no cmdlet expands as a wildcard; undefined if one could. */
export const exactName = (text: string | undefined): ExactName | undefined =>
  text !== undefined && isPlain(text) && !WILDCARD.test(text) ? { text, [CHECKED]: 'name' } : undefined;

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** A GUID as a value; undefined if the id is not a GUID. */
export const guidLiteral = (id: string | undefined): Literal | undefined =>
  id !== undefined && GUID.test(id) ? literal(id) : undefined;
/** A pattern for an id that ends with this GUID. It is the only pattern that commands use. */
export const endsWithGuid = (id: string | undefined): Literal | undefined =>
  id !== undefined && GUID.test(id) ? literal(`*${id}`) : undefined;

/** A constant text of this program as a value. Throws if it is unsafe, which is a bug that the tests find. */
export function constant(text: string): ExactName {
  const checked = exactName(text);
  if (checked === undefined) throw new TypeError(`not safe in a command: ${text}`);
  return checked;
}

/** A constant word of this program. Throws if PowerShell would parse it as more than one word. */
export function word(bare: string): Word {
  if (!/^[A-Za-z/][\w./-]*$/.test(bare)) throw new TypeError(`not a single word: ${bare}`);
  return { bare };
}
/** Several constant words, as a list argument. */
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

/** `Format-List -Property …` */
export const formatList = (...properties: readonly string[]): Call =>
  call('Format-List', { Property: words(...properties) });
/** `Format-Table -Property …` */
export const formatTable = (...properties: readonly string[]): Call =>
  call('Format-Table', { Property: words(...properties) });

/** A program and its arguments: `bcdedit /deletevalue hypervisoriommupolicy` */
export const program = (name: string, ...args: readonly string[]): Command => ({
  calls: [{ name: word(name).bare, arguments: args.map((arg) => ({ value: word(arg) })) }],
});

/** Joins calls to one pipeline. */
export const pipeline = (first: Call, ...rest: readonly Call[]): Command => ({ calls: [first, ...rest] });

/** Subcommands of this program that only read the host. */
const OURS = 'hyperv-sriov-exporter';
const READS = new Set(['Get', 'Where', 'Format', 'Select', 'Sort']);
/** Whether a command changes nothing on the host. */
export const isReadOnly = ({ calls }: Command): boolean =>
  calls.every(({ name }) => name === OURS || (name.includes('-') && READS.has(name.split('-')[0] ?? '')));

/** The command as one line. */
export const printCommand = ({ calls }: Command): string => calls.map(printCall).join(' | ');

/** A step with its command as text. */
export const printStep = ({ text, command }: Step): { readonly text: string; readonly command?: string } => ({
  text,
  ...(command !== undefined && { command: printCommand(command) }),
});

function printCall({ name, arguments: given }: Call): string {
  let text = name;
  for (const { parameter, value } of given) {
    if (parameter !== undefined) text += ` -${parameter}`;
    if (value !== undefined && value !== ON) text += ` ${printArgument(value)}`;
  }
  return text;
}

const printArgument = (value: Exclude<Argument, typeof ON>): string =>
  isList(value) ? value.map(printSingle).join(', ') : printSingle(value);
// Array.isArray does not narrow the type of a readonly array.
const isList = (value: Exclude<Argument, typeof ON>): value is readonly Single[] => Array.isArray(value);

function printSingle(value: Single): string {
  if (typeof value === 'boolean') return value ? '$true' : '$false';
  if (typeof value === 'number') return String(value);
  return 'bare' in value ? value.bare : `'${value.text.replaceAll("'", "''")}'`;
}
