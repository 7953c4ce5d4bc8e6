import { expect, test } from 'vitest';
import type { Rung, TrafficDirection } from '../../model/traffic.ts';
import type { OpenedDirection } from '../../monitor/ladder.ts';
import { methodView, rungsUsed } from './method-view.ts';

const opened = (direction: TrafficDirection, rung: Rung, note: string): OpenedDirection => ({
  direction,
  refused: [],
  counter: {
    rung,
    note,
    read: () => Promise.reject(new Error('not read here')),
    talkers: async () => undefined,
    close: async () => undefined,
  },
});

test('where the directions are counted in two ways, each note says whose it is', () => {
  const both = [opened('incoming', 'xdp', 'Before the firewall.'), opened('outgoing', 'tcx', 'Before the queue.')];
  expect(methodView(both, ['Of processes.'])).toEqual({
    rung: 'xdp',
    note: 'incoming (xdp): Before the firewall. outgoing (tcx): Before the queue. Of processes.',
    refused: [],
  });
  expect(rungsUsed(both)).toBe('xdp and tcx');
});

test('one way of counting has one note', () => {
  const both = [opened('incoming', 'proc', 'Bytes only.'), opened('outgoing', 'proc', 'Bytes only.')];
  expect(methodView(both, []).note).toBe('Bytes only. null is what the interface does not count.');
  expect(rungsUsed(both)).toBe('proc');
});
