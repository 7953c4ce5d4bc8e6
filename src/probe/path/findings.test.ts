import { describe, expect, test } from 'vitest';
import { latencySteps, loopIn, median } from './findings.ts';

const path = (...times: (number | null)[]) =>
  times.map((typical_ms, index) => ({ hop_number: index + 1, ip: `192.0.2.${index + 1}`, typical_ms }));

describe('latencySteps', () => {
  test('names the hop from which on it stays higher', () => {
    expect(latencySteps(path(1, 2, 82, 83, 84))).toEqual([
      { hop_number: 3, ip: '192.0.2.3', from_ms: 2, to_ms: 82, added_ms: 80 },
    ]);
  });
  test('a single slow router is no step', () => {
    expect(latencySteps(path(1, 90, 2, 3))).toEqual([]);
  });
  test('a silent hop hides nothing', () => {
    expect(latencySteps(path(1, null, 40, 41)).map(({ hop_number: hop }) => hop)).toEqual([3]);
  });
  test('the first hop may be the slow one', () => {
    expect(latencySteps(path(30, 31, 32))).toMatchObject([{ hop_number: 1, from_ms: 0, to_ms: 30 }]);
  });
  test('small differences are not worth naming', () => {
    expect(latencySteps(path(1, 2, 4, 5))).toEqual([]);
    expect(latencySteps([])).toEqual([]);
  });
});

describe('loopIn', () => {
  const at = (...ips: (string | null)[]) => ips.map((ip, index) => ({ hop_number: index + 1, ip }));
  test('two routers in turn', () => {
    expect(loopIn(at('a', 'b', 'c', 'b', 'c', 'b', 'c'))).toEqual([2, 4, 6]);
  });
  test('a router that answers for its neighbours is none', () => {
    expect(loopIn(at('a', 'b', 'b', 'b', 'c'))).toEqual([]);
    expect(loopIn(at('a', null, null, null))).toEqual([]);
  });
});

test('median', () => {
  expect([median([]), median([3]), median([4, 1]), median([9, 1, 5])]).toEqual([null, 3, 2.5, 5]);
});
