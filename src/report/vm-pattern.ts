/**
 * Whether a VM's name matches what a person typed, as Hyper-V's cmdlets take names: in any case, with the wildcards of
 * PowerShell (`*`, `?`, `[a-c]`). A name that is typed in full always matches, whatever characters it has.
 */
export function vmMatcher(typed: string): (name: string | undefined) => boolean {
  const wanted = typed.toLowerCase();
  const source = wanted.replaceAll(/\[[^\]]+\]|[\s\S]/gu, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length > 2 && part.startsWith('[')) return `[${part.slice(1, -1).replaceAll(/[\\^[]/g, String.raw`\$&`)}]`;
    return part.replace(/[\\^$.|+()[\]{}]/, String.raw`\$&`);
  });
  // Many stars in a row cost the matcher much and mean the same as one.
  const pattern = compiled(source.replaceAll(/(?:\.\*)+/g, '.*'));
  return (name) => {
    const lower = name?.toLowerCase();
    return lower !== undefined && (lower === wanted || (pattern?.test(lower) ?? false));
  };
}

function compiled(source: string): RegExp | undefined {
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    // A range that ends before it begins matches nothing.
    return undefined;
  }
}
