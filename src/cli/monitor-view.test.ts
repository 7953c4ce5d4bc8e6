import { describe, expect, it } from 'vitest';
import { pictureOf, refusalNotes, type Screen, type ViewState } from './monitor-view.ts';
import { scaled, sparkline } from './sparkline.ts';

const screen: Screen = { columns: 80, rows: 24, colour: false, unicode: true };

const state: ViewState = {
  iface: 'eth0',
  seconds: 12.3,
  notes: [],
  directions: [
    {
      direction: 'incoming',
      rung: 'xdp',
      bits: [0, 4_000_000, 8_000_000],
      packetsPerSecond: 1234,
      totalBytes: 1_500_000,
      protocols: [
        { protocol: 'tcp', percent: 90 },
        { protocol: 'udp', percent: 10 },
      ],
      talkers: [
        { label: '192.0.2.2', bytes: 1_400_000, packets: 1000 },
        { label: '2001:db8::2', bytes: 100_000, packets: null },
      ],
    },
    {
      direction: 'outgoing',
      rung: 'proc',
      bits: [0, 0, 0],
      packetsPerSecond: 0,
      totalBytes: 0,
      protocols: null,
      talkers: null,
    },
  ],
};

describe('the picture', () => {
  it('has rates with bars, protocols and talkers', () => {
    expect(pictureOf(state, screen)).toEqual([
      'eth0  12 s  in by xdp, out by proc  q: quit',
      expect.stringMatching(/^in {3}8\.00 Mbit\/s {2}1\.23 kp\/s {2} *▁▄█ {2}1\.50 MB$/),
      expect.stringMatching(/^out {6}0 bit\/s {6}0 p\/s {2} *▁▁▁ {2}0 B$/),
      '',
      'in  tcp 90 %  udp 10 %',
      'out protocols are not known to proc',
      'talkers in',
      '     1.40 MB   1.00 kp  192.0.2.2',
      '      100 kB  2001:db8::2',
    ]);
  });

  it.each([
    [20, 24],
    [40, 5],
    [1, 1],
    [300, 100],
  ])('never leaves a terminal of %d columns and %d rows', (columns, rows) => {
    const lines = pictureOf(state, { ...screen, columns, rows });
    expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it('has no escape without colour, and whole ones with it', () => {
    expect(pictureOf(state, screen).join('')).not.toContain('\u001b');
    for (const line of pictureOf(state, { ...screen, colour: true, columns: 30 })) {
      expect(line.replaceAll(/\u001b\[[012]m/g, '')).not.toContain('\u001b');
      expect(line.endsWith('\u001b[0m')).toBe(line.includes('\u001b'));
    }
  });

  it('cannot be steered by names', () => {
    const hostile = '\u001b[2J\u009bx\u202e';
    const talkers = [{ label: hostile, bytes: 1, packets: 1 }];
    const directions = state.directions.map((each) => ({
      ...each,
      talkers,
      protocols: [{ protocol: hostile, percent: 1 }],
    }));
    const text = pictureOf({ ...state, iface: hostile, directions, notes: [hostile] }, screen).join('');
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });

  it('is plain where no blocks can be shown', () => {
    expect(pictureOf(state, { ...screen, unicode: false }).join('')).toMatch(/^[ -~]*$/);
  });
});

it.each([
  [[], 4, '    '],
  [[0, 0], 4, '  ▁▁'],
  [[1, 8], 4, '  ▁█'],
  [[1, 2, 3, 4, 5, 6], 3, '▆▇█'],
])('bars of %j in %d columns', (values, width, text) => {
  expect(sparkline(values, width, true)).toBe(text);
});

it.each([
  [0, '0 '],
  [7, '7 '],
  [0.5, '0.50 '],
  [999, '999 '],
  [999.6, '1.00 k'],
  [1234, '1.23 k'],
  [12_345, '12.3 k'],
  [123_456, '123 k'],
  [5e12, '5.00 T'],
  [5e15, '5000 T'],
])('%d is %s', (value, text) => {
  expect(scaled(value)).toBe(text);
});

it('a method that both directions were refused is named once', () => {
  const because = { message: 'not permitted.', hint: 'It needs CAP_BPF.' };
  const refused = [
    { rung: 'xdp', ...because },
    { rung: 'tcx', ...because },
    { rung: 'tcx', ...because },
  ];
  expect(refusalNotes(refused)).toEqual(['refused: xdp, tcx', 'xdp: not permitted. It needs CAP_BPF.']);
  expect(refusalNotes([])).toEqual([]);
});
