import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { guestDevices } from '../../src/measure/guest/devices.ts';
import { parseSamples } from '../../src/measure/guest/exposition-text.ts';
import { readGuest } from '../../src/measure/guest/read.ts';
import { anyText } from '../support/any-text.ts';

/** As windows_exporter 0.30 writes them in a guest with a VF. */
const WINDOWS = `# HELP windows_net_bytes_received_total (Network.BytesReceivedPerSec)
# TYPE windows_net_bytes_received_total counter
windows_net_bytes_received_total{nic="Microsoft Hyper-V Network Adapter"} 1.5e+06
windows_net_bytes_received_total{nic="Intel[R] Ethernet Virtual Function"} 9.123456789e+09
# TYPE windows_net_bytes_sent_total counter
windows_net_bytes_sent_total{nic="Microsoft Hyper-V Network Adapter"} 500000
windows_net_bytes_sent_total{nic="Intel[R] Ethernet Virtual Function"} 876543211
windows_net_nic_info{friendly_name="Ethernet",mac="00-15-5d-00-00-07",nic="Microsoft Hyper-V Network Adapter"} 1
windows_net_nic_info{friendly_name="Ethernet 2",mac="00:15:5D:00:00:07",nic="Intel[R] Ethernet Virtual Function"} 1
windows_net_nic_info{friendly_name="Loopback",mac="",nic="Loopback"} 1
windows_cpu_time_total{core="0,0",mode="idle"} 1
`;

/** As node_exporter 1.8 writes them. */
const NODE = `node_network_info{address="00:15:5d:00:00:07",broadcast="ff:ff:ff:ff:ff:ff",device="eth0",operstate="up"} 1
node_network_info{address="00:00:00:00:00:00",device="lo",ifalias="a \\"b\\\\c\\nd"} 1
node_network_receive_bytes_total{device="eth0"} 2e+09 1700000000000
node_network_receive_bytes_total{device="lo"} NaN
node_network_transmit_bytes_total{device="eth0"} 1e+09
node_network_transmit_bytes_total{device="lo"} 5
`;

describe("the network counters of a guest's exporter", () => {
  it('are read from a windows_exporter', () => {
    expect(guestDevices(WINDOWS)).toEqual([
      { device: 'Microsoft Hyper-V Network Adapter', bytes: 2e6, mac: '00:15:5D:00:00:07' },
      { device: 'Intel[R] Ethernet Virtual Function', bytes: 10_000_000_000, mac: '00:15:5D:00:00:07' },
    ]);
  });

  it('are read from a node_exporter; a value that is no number is left out', () => {
    expect(guestDevices(NODE)).toEqual([{ device: 'eth0', bytes: 3e9, mac: '00:15:5D:00:00:07' }]);
  });

  it('are read correctly for any label value', () => {
    const text = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    fc.assert(
      fc.property(anyText(), anyText(), fc.double({ noNaN: true, noDefaultInfinity: true }), (a, b, value) => {
        const line = `x_total{a="${text(a)}",b="${text(b)}"} ${value}`;
        expect([...parseSamples(line, new Set(['x_total']))]).toEqual([
          { name: 'x_total', labels: { a, b }, value: Number(String(value)) },
        ]);
      }),
    );
  });

  it('are refused for a text that is not an exposition', () => {
    const piece = fc.constantFrom('x_total', '{', '}', 'a="', '"', ',', '\\', ' ', '1', '\n', '=', '#', '\u2028');
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join('')),
        (text) => {
          for (const { value, name } of parseSamples(text, new Set(['x_total']))) {
            expect(name).toBe('x_total');
            expect(Number.isFinite(value)).toBe(true);
          }
        },
      ),
    );
    expect([
      ...parseSamples('x_total{a="1" 5\nx_total{a=1} 5\nx_total\nx_total{} \nx_totals 3', new Set(['x_total'])),
    ]).toEqual([]);
  });
});

describe("a guest's exporter", () => {
  const servers: Server[] = [];
  const serve = async (listener: RequestListener): Promise<URL> => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const address = server.address();
    return new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/metrics`);
  };
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  it('is asked over HTTP', async () => {
    const url = await serve((_, answer) => void answer.end(WINDOWS));
    expect((await readGuest(url)).map(({ bytes }) => bytes)).toEqual([2e6, 1e10]);
  });

  it.each<[string, RequestListener, RegExp]>([
    ['answers with an error', (_, answer) => void answer.writeHead(503).end(), /could not be read: it answered 503$/],
    [
      'is another exporter',
      (_, answer) => void answer.end('up 1\n'),
      /has no network counters: it must be a windows_exporter/,
    ],
    [
      'does not stop',
      (_, answer) => {
        const write = () =>
          void (answer.write('#'.repeat(1_000_000)) ? setImmediate(write) : answer.once('drain', write));
        write();
      },
      /it answered more than 8 MB$/,
    ],
    ['hangs up', (request) => void request.socket.destroy(), /could not be read: socket hang up/],
  ])('that %s is said in one line', async (_, listener, says) => {
    const error = await readGuest(await serve(listener)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'OperationalError', message: expect.stringMatching(says) as string });
  });
});
