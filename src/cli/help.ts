import { Help, type HelpConfiguration } from 'commander';

const WIDTH = 80;
const INDENT = 6;

/** A text of the help, wrapped at `width` columns and indented. */
export const indented = (helper: Help, text: string, width: number): string =>
  helper.boxWrap(text, Math.max(width - INDENT, helper.minWidthToWrap)).replaceAll(/^/gm, ' '.repeat(INDENT));

/**
 * How commander formats the help. Where the terminal has no room for a text beside its term, the text comes below the
 * term: commander would not wrap it.
 */
export const HELP_FORMAT: HelpConfiguration = {
  formatItem(term, termWidth, description, helper) {
    const { helpWidth = WIDTH, minWidthToWrap } = helper;
    const beside = new Help();
    beside.prepareContext({ helpWidth });
    return description === '' || helpWidth - termWidth - 4 >= minWidthToWrap
      ? beside.formatItem(term, termWidth, description, helper)
      : `  ${term}\n${indented(helper, description, helpWidth)}`;
  },
};
