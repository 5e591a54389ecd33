import { statSync } from 'node:fs';
import { errorText } from '../errors.ts';
import { readTextFile } from '../files/text.ts';
import { parseYamlFile, type YamlFile } from '../files/yaml.ts';

export type ConfigFile = YamlFile;

const MAX_BYTES = 1_048_576;

/** Reads and parses a configuration file. Never throws: a file that cannot be read or is too large is a fault at line 0. */
export function readConfigFile(path: string): ConfigFile {
  try {
    if (statSync(path).size > MAX_BYTES) return { values: {}, faults: [[0, 'is larger than 1 MiB']], line: () => 0 };
    return parseYamlFile(readTextFile(path));
  } catch (error) {
    return { values: {}, faults: [[0, `cannot be read: ${errorText(error)}`]], line: () => 0 };
  }
}
