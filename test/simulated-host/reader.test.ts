import { describe, expect, it } from 'vitest';
import { createDemoReader } from '../../src/simulated-host/reader.ts';
import { parseDocument } from '../../src/document/parse.ts';

const clock = { now: () => 1_000_000.7, monotonic: () => 0 };
const reader = createDemoReader({ seed: 1, scenario: 'healthy', clock });

describe('the simulated host as a reader', () => {
  it('hands over a document that ends now, and gives other work its turn after each source', async () => {
    let turns = 0;
    let reading = true;
    const work = () => {
      turns++;
      if (reading) setImmediate(work);
    };
    setImmediate(work);
    const raw = await reader.read('inventory', new AbortController().signal);
    reading = false;
    const { sources } = parseDocument(raw);
    expect(Math.max(...Object.values(sources).map(({ takenAt }) => takenAt))).toBe(1_000_000);
    expect(turns).toBeGreaterThanOrEqual(Object.keys(sources).length);
  });

  it("shows the guests' IP addresses only where asked", async () => {
    const addresses = async (includeIpAddresses?: boolean) => {
      const asked = createDemoReader({
        seed: 1,
        scenario: 'healthy',
        clock,
        ...(includeIpAddresses && { includeIpAddresses }),
      });
      const { sources } = parseDocument(await asked.read('inventory', new AbortController().signal));
      const { vm_network_adapter: vnics } = sources as {
        readonly vm_network_adapter: { readonly rows: readonly { readonly ipAddresses?: readonly string[] }[] };
      };
      return vnics.rows.flatMap(({ ipAddresses }) => ipAddresses ?? []);
    };
    expect(await addresses()).toEqual([]);
    expect((await addresses(true)).length).toBeGreaterThan(30);
  });

  it('stops when its deadline has passed, also during a read', async () => {
    await expect(reader.read('inventory', AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
    const deadline = new AbortController();
    const reading = reader.read('inventory', deadline.signal);
    deadline.abort();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
  });
});
