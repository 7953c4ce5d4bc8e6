import { describe, expect, it } from 'vitest';
import { nftFailure, ownerIsUnknown } from './nft-failures.ts';
import { countsOf, parseListing, talkersOf } from './nft-read.ts';
import { countingTable, talkersTable, type NftPlace, maxAddresses, maxPortPairs } from './nft-script.ts';

// As nft 1.0.6 prints it with -n.
const counting = `table netdev netmcp_monitor_1_2_3 { # progname nft
	flags owner

	counter total_frames {
		packets 9 bytes 900
	}

	counter broadcast_frames {
		packets 1 bytes 46
	}

	counter arp_frames {
		packets 1 bytes 46
	}

	counter size_1 {
		packets 9 bytes 900
	}

	set protocols4 {
		type inet_proto
		size 256
		flags dynamic
		elements = { 1 counter packets 3 bytes 252,
			     6 counter packets 4 bytes 400 }
	}

	set protocols6 {
		type inet_proto
		size 256
		flags dynamic
		elements = { 58 counter packets 1 bytes 104 }
	}

	chain counting {
		counter name "total_frames"
	}

	chain hook_chain {
		type filter hook ingress device "v0" priority -2000000000; policy accept;
		jump counting
	}
}
`;

const ports = `table netdev netmcp_monitor_1_2_4 {
	counter rest {
		packets 2 bytes 100
	}

	set talkers4 {
		type inet_proto . inet_service . inet_service
		size 16384
		flags dynamic
		elements = { 17 . 40000 . 53 counter packets 3 bytes 300,
			     17 . 53 . 40001 counter packets 2 bytes 200, 6 . 443 . 50000 counter packets 1 bytes 60 }
	}
}
`;

describe('a listing', () => {
  it('is counts with the header that the hook does not see', () => {
    const listing = parseListing(counting);
    expect(listing.complete).toBe(true);
    const counts = countsOf(listing, 14, true);
    expect(counts).toMatchObject({
      packets: 9n,
      bytes: 900n + 9n * 14n,
      broadcast: 1n,
      multicast: 0n,
      wirePackets: undefined,
    });
    expect(counts.sizes).toEqual([0n, 9n, 0n, 0n, 0n, 0n, 0n]);
    expect(counts.protocols).toEqual([
      { family: 'ipv4', protocol: 1, packets: 3n, bytes: 252n + 42n },
      { family: 'ipv4', protocol: 6, packets: 4n, bytes: 400n + 56n },
      { family: 'ipv6', protocol: 58, packets: 1n, bytes: 104n + 14n },
      { family: 'arp', protocol: undefined, packets: 1n, bytes: 46n + 14n },
    ]);
    expect(countsOf(listing, 0, false)).toMatchObject({ bytes: 900n, multicast: undefined, broadcast: undefined });
  });

  it('without the chain at the interface is not whole', () => {
    expect(parseListing(ports).complete).toBe(false);
    expect(parseListing('').complete).toBe(false);
  });

  it('joins both ways of a service into one talker', () => {
    expect(talkersOf(parseListing(ports), 0, 1)).toEqual({
      talkers: [{ family: 'ipv4', address: undefined, protocol: 17, port: 53, packets: 5n, bytes: 500n }],
      total: 2,
      otherPackets: 2n,
      otherBytes: 100n,
      exceeded: undefined,
    });
  });

  it.each([
    ['address', maxAddresses, (n: number) => `10.0.${n >> 8}.${n & 255}`],
    ['port', maxPortPairs, (n: number) => `6 . ${n} . 443`],
  ] as const)('of a full set by %s says that a talker may be missing', (_, room, keyOf) => {
    const withCount = (count: number, rest: number): string => {
      const elements = Array.from({ length: count }, (__, n) => `${keyOf(n)} counter packets 1 bytes 60`);
      return `\tcounter rest {\n\t\tpackets ${rest} bytes 60\n\t}\n\tset talkers4 {\n\t\telements = { ${elements.join(', ')} }\n\t}\n`;
    };
    const exceeded = (count: number, rest: number) => talkersOf(parseListing(withCount(count, rest)), 0, 5).exceeded;
    expect([exceeded(room, 1), exceeded(room, 0), exceeded(room - 1, 1)]).toEqual([room, undefined, undefined]);
  });
});

const place: NftPlace = {
  iface: 'v0',
  direction: 'incoming',
  owned: true,
  hiddenHeader: 14,
  ethernet: true,
  tun: false,
};

describe('the commands', () => {
  it('hook the interface last', () => {
    for (const lines of [countingTable('t', place), talkersTable('t', place, 'port')]) {
      expect(lines[0]).toBe('add table netdev t { flags owner; }');
      expect(lines.findIndex((line) => line.includes('device "v0"'))).toBe(lines.length - 2);
    }
    expect(countingTable('t', { ...place, owned: false })[0]).toBe('add table netdev t');
  });

  it('look at the other side’s address', () => {
    expect(talkersTable('t', place, 'address').join('\n')).toContain('ip6 saddr');
    expect(talkersTable('t', { ...place, direction: 'outgoing' }, 'address').join('\n')).toContain('ip6 daddr');
  });
});

const request = { rung: 'nft', direction: 'outgoing', iface: 'v0', ifindex: 2, talkers: 'none' } as const;

it.each([
  ['Error: cache initialization failed: Operation not permitted', 'not_permitted'],
  [
    'Error: Could not process rule: No such file or directory\nadd chain netdev t hook_chain { type filter hook egress device "v0" ...',
    'not_found',
  ],
  ['Error: Could not process rule: Operation not supported\nadd chain netdev t hook_chain', 'missing_kernel_feature'],
  ['', 'missing_kernel_feature'],
])('%j is %s', (said, code) => {
  expect(nftFailure(said, request, 'ended').code).toBe(code);
});

it('an owner that is not known is told apart from other lacks', () => {
  const refused = 'Error: syntax error, unexpected string, expecting dormant\nadd table netdev t { flags owner; }';
  expect(ownerIsUnknown(nftFailure(refused, request, 'ended'))).toBe(true);
  expect(ownerIsUnknown(nftFailure('Error: Operation not supported\nadd chain netdev t x', request, 'ended'))).toBe(
    false,
  );
});
