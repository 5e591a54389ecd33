import { parseSamples } from '../../../src/measure/guest/exposition-text.ts';
import { HOSTILE_TEXTS, mutated, mutateText } from '../mutate.ts';
import { invariant, type Surface } from '../surface.ts';

const SEED = `# HELP node_network_receive_bytes_total Network device statistic receive_bytes.
# TYPE node_network_receive_bytes_total counter
node_network_receive_bytes_total{device="eth0"} 1.2345e+09
node_network_receive_bytes_total{device="lo"} 0
node_network_info{device="eth0",address="00:15:5d:01:02:03",operstate="up"} 1
windows_net_bytes_received_total{nic="Microsoft Hyper-V Network Adapter"} 42 1767323045000
`;
const FAMILIES = new Set(['node_network_receive_bytes_total', 'node_network_info', 'windows_net_bytes_received_total']);
const WORDS = [
  '{',
  '}',
  '=',
  '"',
  ',',
  ' ',
  '\t',
  '\n',
  '# ',
  '\\n',
  '\\"',
  'NaN',
  '+Inf',
  'device="',
  ...HOSTILE_TEXTS,
];

/** What the exporter of a guest answers, which `measure` reads. */
export function guestMetrics(): Surface {
  return {
    name: 'guest-metrics',
    make(random) {
      const text = mutated(SEED, random, 6, (former, by) => mutateText(former, by, WORDS));
      return {
        input: text,
        check() {
          let samples = 0;
          for (const { name, value, labels } of parseSamples(text, FAMILIES)) {
            samples += 1;
            invariant(FAMILIES.has(name), `a family that was not asked for: ${name}`);
            invariant(Number.isFinite(value), `${name} has the value ${value}`);
            invariant(Object.getPrototypeOf(labels) === null, 'labels with a prototype');
          }
          return samples > 0 ? 'accepted' : 'refused';
        },
      };
    },
  };
}
