// Link types (tcpdump.org/linktypes.html) that are decoded, and the layer they begin with; the engine's own list stands in dissect.ts.

export const linkLayers: ReadonlyMap<number, string> = new Map([
  [0, 'null'],
  [1, 'eth'],
  [9, 'ppp'],
  [12, 'raw'],
  [14, 'raw'],
  [50, 'ppp'],
  [51, 'pppoes'],
  [101, 'raw'],
  [105, 'wlan'],
  [108, 'null'],
  [113, 'sll'],
  [119, 'prism'],
  [127, 'radiotap'],
  [228, 'ip'],
  [229, 'ipv6'],
  [276, 'sll'],
]);
