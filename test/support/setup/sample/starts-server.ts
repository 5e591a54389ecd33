import { createServer } from 'node:http';
import { it } from 'vitest';

it('starts a server', () => void createServer().listen(0, '127.0.0.1'));
