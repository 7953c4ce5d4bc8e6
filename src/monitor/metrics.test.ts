import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExposition } from '../../tests/monitor/exposition.ts';
import { quietLink } from '../../tests/monitor/link-sample.ts';
import type { LinkStatistics } from '../model/traffic.ts';
import { metricsText } from './metrics.ts';

const link = (changes: Partial<LinkStatistics> = {}): LinkStatistics => ({
  ...quietLink,
  rxPackets: 1n,
  txPackets: 2n,
  rxBytes: 2n ** 63n + 3n,
  txBytes: 4n,
  rxErrors: 5n,
  txErrors: 6n,
  rxDropped: 7n,
  txDropped: 8n,
  multicast: 9n,
  others: {
    collisions: 10n,
    rx_length_errors: 11n,
    rx_over_errors: 12n,
    rx_crc_errors: 13n,
    rx_frame_errors: 14n,
    rx_fifo_errors: 15n,
    rx_missed_errors: 16n,
    tx_aborted_errors: 17n,
    tx_carrier_errors: 18n,
    tx_fifo_errors: 19n,
    tx_heartbeat_errors: 20n,
    tx_window_errors: 21n,
    rx_compressed: 22n,
    tx_compressed: 23n,
    rx_nohandler: 24n,
  },
  ...changes,
});

/** As Linux 6.18 writes it, two CPUs, of which the first is off. */
const softnet = [
  '00000a00 00000002 00000003 00000000 00000000 00000000 00000000 00000000 00000000 00000004 00000005 00000006 00000001 00000006 00000000',
  'ffffffff 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000003 00000000 00000000',
  '',
].join('\n');

const valuesOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...parseExposition(text)].flatMap(([name, { samples }]) =>
      samples.map(({ labels, value }) => [`${name} ${Object.values(labels).join()}`, String(value)]),
    ),
  );

describe('metrics', () => {
  it('have node_exporter’s names, with the sums it makes of the kernel’s counters', () => {
    expect(valuesOf(metricsText([link()], softnet))).toEqual({
      'node_network_receive_bytes_total eth0': '9223372036854775811',
      'node_network_receive_packets_total eth0': '1',
      'node_network_receive_errs_total eth0': '5',
      'node_network_receive_drop_total eth0': '23',
      'node_network_receive_fifo_total eth0': '15',
      'node_network_receive_frame_total eth0': '50',
      'node_network_receive_compressed_total eth0': '22',
      'node_network_receive_multicast_total eth0': '9',
      'node_network_receive_nohandler_total eth0': '24',
      'node_network_transmit_bytes_total eth0': '4',
      'node_network_transmit_packets_total eth0': '2',
      'node_network_transmit_errs_total eth0': '6',
      'node_network_transmit_drop_total eth0': '8',
      'node_network_transmit_fifo_total eth0': '19',
      'node_network_transmit_colls_total eth0': '10',
      'node_network_transmit_carrier_total eth0': '76',
      'node_network_transmit_compressed_total eth0': '23',
      'node_network_up eth0': '1',
      'node_network_carrier eth0': '1',
      'node_network_mtu_bytes eth0': '1500',
      'node_network_iface_id eth0': '2',
      'node_softnet_processed_total 1': '2560',
      'node_softnet_processed_total 3': '4294967295',
      'node_softnet_dropped_total 1': '2',
      'node_softnet_dropped_total 3': '0',
      'node_softnet_times_squeezed_total 1': '3',
      'node_softnet_times_squeezed_total 3': '0',
      'node_softnet_received_rps_total 1': '4',
      'node_softnet_received_rps_total 3': '0',
      'node_softnet_flow_limit_count_total 1': '5',
      'node_softnet_flow_limit_count_total 3': '0',
      'node_softnet_backlog_len 1': '6',
      'node_softnet_backlog_len 3': '0',
    });
  });

  it('leave out what is not known instead of saying 0', () => {
    const values = valuesOf(
      metricsText([link({ carrier: undefined, operstate: 'down', others: {} })], '0000000a 00000001 00000002\n'),
    );
    expect(values['node_network_up eth0']).toBe('0');
    expect(values['node_network_receive_drop_total eth0']).toBe('7');
    const known = Object.keys(values);
    expect(known).not.toContain('node_network_carrier eth0');
    expect(known).not.toContain('node_network_receive_nohandler_total eth0');
    expect(known.filter((name) => name.startsWith('node_softnet'))).toEqual([
      'node_softnet_processed_total 0',
      'node_softnet_dropped_total 0',
      'node_softnet_times_squeezed_total 0',
    ]);
  });

  it('without anything to tell are empty', () => {
    expect(metricsText([], 'no such file\n')).toBe('');
  });

  it('bring every name back as it was, whatever stands in it', () => {
    const names = fc.uniqueArray(
      fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '{', '}', ',', '=', ' ', 'é', 'n'), minLength: 1 }),
      {
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(names, (ifaces) => {
        const text = metricsText(
          ifaces.map((iface) => link({ iface })),
          softnet,
        );
        const devices = parseExposition(text).get('node_network_receive_bytes_total')?.samples ?? [];
        expect(devices.map(({ labels }) => labels['device'])).toEqual(ifaces);
      }),
    );
  });
});
