import { expect, it } from 'vitest';
import { OUTPUT_LIMIT } from '../../src/collect/powershell/reader.ts';
import { ServedSession } from '../../src/collect/powershell/served.ts';
import { OperationalError } from '../../src/errors.ts';

it.skipIf(process.platform === 'win32')(
  'five hosts that send 33 MB each and do not end: the answer of one is given up, so that memory is limited',
  async () => {
    const sessions = Array.from(
      { length: 5 },
      () =>
        new ServedSession({
          title: 'session',
          executable: '/bin/sh',
          arguments: ['-c', 'head -c 33000000 /dev/zero | tr "\\0" x; exec sleep 300'],
          cwd: '/',
          env: { PATH: process.env['PATH'] ?? '' },
          platform: process.platform,
          outputLimit: OUTPUT_LIMIT,
          explain: ({ ending }) => new OperationalError('ended', ending),
        }),
    );
    const closed = new OperationalError('session_closed', 'the test is over');
    const answers = sessions.map((session) => session.greet());
    await expect(Promise.race(answers)).rejects.toMatchObject({
      code: 'answer_too_large',
      message:
        'session was ended: the answers of all hosts together took more than 128 MiB while they were received, and this one was the longest',
    });
    for (const session of sessions) session.abandon(closed);
    const errors = (await Promise.allSettled(answers)).map((result) =>
      result.status === 'rejected' && result.reason instanceof OperationalError ? result.reason.code : result.status,
    );
    expect(errors.toSorted()).toEqual(['answer_too_large', ...Array.from({ length: 4 }, () => 'session_closed')]);
    await Promise.all(sessions.map((session) => session.exited));
  },
);
