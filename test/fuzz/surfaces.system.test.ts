import { it } from 'vitest';
import { remoteAnswers } from '../../tools/fuzz/surfaces/remote-answers.ts';
import { holds } from './holds.ts';

it('remote-answers: no case breaks an invariant', async () => holds('remote-answers', remoteAnswers, 300));
