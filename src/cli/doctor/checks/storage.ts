import { constants } from 'node:fs';
import { access, mkdtemp, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText } from '../../../errors.ts';
import { type Check, failed, ok, skipped } from '../check.ts';

/** Whether the state folder can be written and is protected. */
export const storage: Check = {
  id: 'storage',
  title: 'Folder for journal and state',
  needs: ['configuration'],
  async run({ config }) {
    const { path } = config.storage;
    if (path === undefined)
      return skipped('no storage.path: serve uses a folder of its account, where it can write one');
    try {
      await access(path, constants.R_OK | constants.W_OK);
      await rmdir(await mkdtemp(join(path, 'doctor-')));
      return ok(`the account that runs doctor can write ${path}`);
    } catch (error) {
      return failed(errorText(error), `create the folder ${path} and give the account of the service write access`);
    }
  },
};
