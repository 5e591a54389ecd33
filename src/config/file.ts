import { readFileSync } from 'node:fs';
import { errorText } from '../errors.ts';
import { parseYamlFile, type YamlFile } from '../yaml-file.ts';

export type ConfigFile = YamlFile;

/** Reads and parses a file; one that cannot be read is one fault, at line 0. */
export function readConfigFile(path: string): ConfigFile {
  try {
    return parseYamlFile(readFileSync(path, 'utf8'));
  } catch (error) {
    return { values: {}, faults: [[0, `cannot be read: ${errorText(error)}`]], line: () => 0 };
  }
}
