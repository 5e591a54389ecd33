import { readCapture } from '../../../collect/replay/capture-file.ts';
import { errorText } from '../../../errors.ts';
import { type Check, failed, ok, skipped } from '../check.ts';

/** Whether the recording can be read. */
export const recording: Check = {
  id: 'recording',
  title: 'Recording',
  needs: ['configuration'],
  async run({ config }) {
    const { file } = config.replay;
    if (config.source !== 'replay' || file === undefined) return skipped('only with --source replay');
    try {
      const { documents, agent } = await readCapture(file);
      return ok(`${documents.length} documents, made by version ${agent}`);
    } catch (error) {
      return failed(errorText(error), 'name a file that capture made, with --replay.file');
    }
  },
};
