// frame.protocols as Wireshark writes it.

/** Layers whose next header Wireshark finds in a table of EtherTypes, which stands in the path as a layer of its own. */
const typed = new Set(['eth', 'sll', 'sll2', 'vlan', 'ieee8021ad']);

/** Layers joined by colons, `ethertype` behind those that announce the next one by its EtherType. */
export const protocolPath = (layers: readonly string[]): string =>
  layers
    .flatMap((layer, index) => {
      const next = layers[index + 1];
      return typed.has(layer) && next !== undefined && next !== 'llc' ? [layer, 'ethertype'] : [layer];
    })
    .join(':');
