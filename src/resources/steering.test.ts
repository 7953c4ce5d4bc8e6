import { describe, expect, it } from 'vitest';
import { makeSnapshot } from '../../tests/helpers/knob-context.ts';
import { nothingCommitted } from '../model/snapshot.ts';
import {
  isSteeringWrite,
  maskOf,
  normaliseMask,
  normaliseQueueValue,
  parseCpuList,
  queueValueText,
} from '../model/steering.ts';
import { steeringResource } from './steering.ts';

describe('CPU lists', () => {
  it.each([
    ['', []],
    ['0', [0]],
    ['0-3,8', [0, 1, 2, 3, 8]],
    ['3,1,1-2', [1, 2, 3]],
    ['8191', [8191]],
  ])('%j is read', (text, cpus) => {
    expect(parseCpuList(text)).toEqual(cpus);
  });

  it.each(['-', '3-1', '0-', ',', '0,,1', ' 0', '0 ', '0\n', '8192', '99999', '0x1', '1-2-3', '0;reboot'])(
    '%j is refused',
    (text) => {
      expect(parseCpuList(text)).toBeUndefined();
    },
  );
});

describe('masks', () => {
  it('has one spelling for equal masks', () => {
    expect(normaliseMask('00000000,0000000F\n')).toBe('f');
    expect(normaliseMask('0\n')).toBe('0');
    expect(normaliseMask('00000001,00000000')).toBe('100000000');
    expect(normaliseQueueValue('rx-0/rps_flow_cnt', '0128\n')).toBe('128');
  });

  it('writes groups of 32 bits, and reads them back', () => {
    for (const cpus of [[], [0], [0, 31], [32], [0, 63, 64], [127]]) {
      const mask = maskOf(cpus);
      const text = queueValueText('rx-0/rps_cpus', mask);
      expect(normaliseQueueValue('rx-0/rps_cpus', text)).toBe(mask);
      expect(isSteeringWrite('/sys/class/net/eth0/queues/rx-0/rps_cpus', text)).toBe(true);
    }
    expect(queueValueText('rx-0/rps_cpus', maskOf([32]))).toBe('1,00000000');
    expect(queueValueText('rx-0/rps_flow_cnt', '1000000000')).toBe('1000000000');
  });

  it.each(['', 'g', '1 2', 'f,', '123456789', 'f'.repeat(4000), '1,1'])('%j is no mask', (text) => {
    expect(normaliseQueueValue('tx-0/xps_cpus', text)).toBeUndefined();
  });
});

describe('what may be written below /sys', () => {
  const queues = '/sys/class/net/eth0/queues';
  it.each([
    [`${queues}/rx-0/rps_cpus`, 'f'],
    [`${queues}/tx-12/xps_cpus`, 'ffffffff,00000000'],
    [`${queues}/rx-0/rps_flow_cnt`, '4096'],
    ['/sys/class/net/eth0.100/queues/rx-0/rps_cpus', '0'],
  ])('%s takes %s', (path, value) => {
    expect(isSteeringWrite(path, value)).toBe(true);
  });

  it.each([
    [`${queues}/rx-0/rps_cpus`, '0xf'],
    [`${queues}/rx-0/rps_cpus`, 'f\n'],
    [`${queues}/rx-0/rps_flow_cnt`, 'f'],
    [`${queues}/rx-0/xps_cpus`, 'f'],
    [`${queues}/tx-0/tx_maxrate`, '1'],
    [`${queues}/../mtu`, '1'],
    [`${queues}/rx-0/rps_cpus\n`, 'f'],
    ['/sys/class/net/../../kernel/queues/rx-0/rps_cpus', 'f'],
    ['/sys/class/net/../queues/rx-0/rps_cpus', 'f'],
    ['/sys/class/net/eth0/mtu', '1400'],
    ['/proc/sys/net/ipv4/ip_forward', '1'],
  ])('%j does not take %j', (path, value) => {
    expect(isSteeringWrite(path, value)).toBe(false);
  });
});

describe('the steering resource', () => {
  const observed = { writable: true, queues: { 'rx-0/rps_cpus': '0', 'rx-0/rps_flow_cnt': '0', 'tx-0/xps_cpus': '3' } };
  const compose = (queues: Record<string, string>, states: Record<string, unknown> = {}) =>
    steeringResource.compose('eth0', [{ iface: 'eth0', knob: 'packet_steering', part: { queues } }], {
      snapshot: makeSnapshot({ committed: { ...nothingCommitted, states } }),
      original: { queues: observed.queues },
    }).state;

  it('leaves alone what was never wished, and takes back what no longer is', () => {
    expect(compose({ 'rx-0/rps_cpus': 'f' })).toEqual({ queues: { 'rx-0/rps_cpus': 'f' } });
    const states = { 'steering:eth0': { queues: { 'tx-0/xps_cpus': '1', 'rx-0/rps_cpus': '1' } } };
    expect(compose({ 'rx-0/rps_cpus': 'f' }, states)).toEqual({
      queues: { 'tx-0/xps_cpus': '3', 'rx-0/rps_cpus': 'f' },
    });
  });

  it('has nothing to do for a queue that has gone', () => {
    const state = { queues: { 'rx-7/rps_cpus': 'f' } };
    expect(steeringResource.commands('eth0', observed, state)).toEqual([]);
    expect(steeringResource.differences('eth0', state, observed)).toEqual([]);
  });

  it.each([{ '../mtu': '1' }, { 'rx-0/rps_cpus': '0x1' }, { 'rx-0/rps_cpus': '1; reboot' }, { 'rx-0/rps_cpus': '01' }])(
    'takes no state %j',
    (queues) => {
      expect(() => steeringResource.checkState({ queues })).toThrow();
    },
  );
});
