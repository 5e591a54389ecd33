import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFrame } from '../../../../src/collect/powershell/frame.ts';
import { OperationalError } from '../../../../src/errors.ts';

function frame(id: number, payload: unknown, status = 'ok'): string {
  const base64 = gzipSync(JSON.stringify(payload)).toString('base64');
  return `@HVSRIOV1 ${id} ${status} ${base64.length} ${base64}@END`;
}
function codeOf(output: string, limits?: { wireBytes: number; payloadBytes: number }): string {
  try {
    parseFrame(output, 17, limits);
  } catch (error) {
    if (error instanceof OperationalError) return error.code;
    throw error;
  }
  return 'none';
}

describe('parseFrame', () => {
  it('finds the frame in any noise', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.jsonValue(), (before, after, payload) => {
        const sent: unknown = JSON.parse(JSON.stringify(payload));
        expect(parseFrame(before + frame(17, sent) + after, 17)).toEqual(sent);
      }),
    );
  });

  it('names what is wrong with a frame that was cut anywhere', () => {
    const whole = frame(17, { name: 'vSwitch', list: [1, 2, 3] });
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), (length) => {
        expect(['frame_missing', 'frame_truncated']).toContain(codeOf(whole.slice(0, length)));
      }),
    );
  });

  it('never accepts an altered frame as valid', () => {
    const whole = frame(17, { name: 'vSwitch', list: [1, 2, 3] });
    const start = whole.indexOf('H4sI') + 20; // behind gzip's header, whose time stamp is not part of its checksum
    fc.assert(
      fc.property(
        fc.integer({ min: start, max: whole.length - 13 }),
        fc.constantFrom('!', ' ', '\n', '@'),
        (at, char) => {
          expect(['frame_bad_base64', 'frame_bad_gzip']).toContain(
            codeOf(whole.slice(0, at) + char + whole.slice(at + 1)),
          );
        },
      ),
    );
  });

  it('passes over a late answer to an earlier request', () => {
    expect(parseFrame(frame(16, 'old') + frame(17, 'new'), 17)).toBe('new');
    expect(codeOf(frame(16, 'old'))).toBe('frame_wrong_id');
  });

  it('refuses another protocol, other content, and what is too large', () => {
    expect(codeOf(frame(17, 1).replace('HVSRIOV1', 'HVSRIOV2'))).toBe('protocol_mismatch');
    const raw = gzipSync('{"not":').toString('base64');
    expect(codeOf(`@HVSRIOV1 17 ok ${raw.length} ${raw}@END`)).toBe('frame_bad_json');
    expect(codeOf(frame(17, 'x'.repeat(5000)), { wireBytes: 20, payloadBytes: 10_000 })).toBe('frame_too_large');
    expect(codeOf(frame(17, 'x'.repeat(5000)), { wireBytes: 9999, payloadBytes: 1000 })).toBe('frame_too_large');
  });

  it('looks at a hundred headers, however many an answer has', () => {
    let seen = 0;
    const limits = {
      get wireBytes(): number {
        seen += 1;
        return 1000;
      },
      payloadBytes: 1000,
    };
    expect(codeOf('@HVSRIOV1 17 ok 4 '.repeat(50_000), limits)).toBe('frame_truncated');
    expect(seen).toBe(100);
  });

  it('refuses more values than memory should be taken for', () => {
    expect(
      codeOf(
        frame(
          17,
          Array.from({ length: 1_600_000 }, () => ({})),
        ),
      ),
    ).toBe('frame_too_large');
  });

  it('unpacks one frame only, however many an answer has', () => {
    const bomb = frame(17, 'x'.repeat(2_000_000));
    const limits = { wireBytes: 1_000_000, payloadBytes: 1_000_000 };
    expect(codeOf(bomb + frame(17, 'good'), limits)).toBe('frame_too_large');
    expect(codeOf(bomb.replace(/.{8}@END$/, 'AAAAAAA=@END') + frame(17, 'good'))).toBe('frame_bad_gzip');
  });

  it("throws the module's own error", () => {
    expect(codeOf(frame(17, { code: 'collect_failed', error: 'no' }, 'error'))).toBe('collect_failed');
    expect(codeOf(frame(17, { code: 'Not A Code' }, 'error'))).toBe('module_error');
  });
});
