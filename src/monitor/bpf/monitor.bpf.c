// SPDX-License-Identifier: MIT
// Counts packets where the kernel passes them: XDP, tc and cgroup programs. They read packets, write only their own maps, and let every packet pass.
// Built by `npm run bpf`. Needs Linux 5.7. Everything is inlined, so that the object holds no calls between programs.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SECTION(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))

// What the kernel shows of a packet (uapi linux/bpf.h).
struct __sk_buff {
  u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority;
  u32 ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid, data, data_end, napi_id;
  u32 family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port, local_port, data_meta;
  u64 flow_keys, tstamp;
  u32 wire_len, gso_segs;
  u64 sk;
  u32 gso_size;
};
struct xdp_md {
  u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

// Helpers by their numbers there; none is for programs under the GPL only.
static void *(*const map_lookup)(void *map, const void *key) = (void *)1;
static long (*const map_update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*const skb_load_bytes)(const void *skb, u32 offset, void *to, u32 length) = (void *)26;
static u64 (*const socket_cookie)(void *skb) = (void *)46;
static long (*const skb_load_bytes_relative)(const void *skb, u32 offset, void *to, u32 length, u32 start) = (void *)68;

// For cgroup programs since Linux 6.15.
static u64 (*const netns_cookie)(void *skb) = (void *)122;

#define BPF_NOEXIST 1
#define BPF_HDR_START_NET 1
#define XDP_PASS 2
#define TC_NEXT (-1)
#define SOCKET_PASS 1

// Constants that the loader writes into the program, so that the verifier drops what a mode does not need.
#define CONSTANT(name) ({ u64 value; asm volatile("%0 = " #name " ll" : "=r"(value)); value; })
#define BY_NONE 0
#define BY_ADDRESS 1
#define BY_PORT 2
#define LINK_ETHERNET 0
#define LINK_LOOPBACK 1
#define LINK_RAW_IP 2
#define LINK_OTHER 3

#define MAP_HASH 1
#define MAP_ARRAY 2
#define MAP_PERCPU_ARRAY 6

struct map {
  u32 type, key_size, value_size, max_entries, flags;
};

struct amount {
  u64 packets, bytes;
};

#define V4_UNSEEN 512
#define V6_UNSEEN 513
#define ARP 514
#define OTHER 515
#define PROTOCOLS 516

// src/monitor/layout.ts has the same order.
struct counts {
  u64 packets, bytes, wire_packets, wire_bytes, multicast, broadcast;
  // Entries ever made in `talkers`, and what found no place there.
  u64 talkers_added;
  struct amount other;
  u64 sizes[7];
  struct amount protocols[PROTOCOLS];
  // Always 0, which the verifier cannot know: a number that this is added to has one range on every path, so that it follows one of them and not
  // each (milliseconds instead of a second).
  u64 zero;
};

// Userland moves to the next generation, waits until no program knows the old one, and then takes its entries out: no count is lost.
struct talker {
  u8 generation, family, protocol, has_port;
  u16 port, zero;
  u32 address[4];
};

struct socket {
  u64 cookie;
  u64 outgoing;
};

struct map SECTION("maps") counters = {MAP_PERCPU_ARRAY, sizeof(u32), sizeof(struct counts), 1, 0};
struct map SECTION("maps") generation = {MAP_ARRAY, sizeof(u32), sizeof(u32), 1, 0};
struct map SECTION("maps") talkers = {MAP_HASH, sizeof(struct talker), sizeof(struct amount), 16384, 0};
struct map SECTION("maps") sockets = {MAP_HASH, sizeof(struct socket), sizeof(struct amount), 16384, 0};

struct packet {
  void *context;
  // The linear part. In tc more may follow, which only helpers read.
  void *data, *data_end;
  int xdp, outgoing;
  // `wire_len`: as the kernel has worked it out for outgoing packets.
  u32 length, gso_segments, gso_size, wire_length, ethertype;
  // `counts.zero`.
  u32 zero;
};

#define MAX_OFFSET 0x3fff

// Copies `length` bytes from `offset`; false when the packet ends before.
INLINE int take(const struct packet *packet, u64 offset, void *to, const u32 length) {
  // Kept in one register, so that the verifier knows that what is compared is what is added.
  asm volatile("" : "+r"(offset));
  if (offset > MAX_OFFSET) return 0;
  if (!packet->xdp && CONSTANT(link_layer) == LINK_OTHER)
    return skb_load_bytes_relative(packet->context, offset, to, length, BPF_HDR_START_NET) == 0;
  const void *from = packet->data + offset;
  if (from + length <= packet->data_end) {
    __builtin_memcpy(to, from, length);
    return 1;
  }
  return !packet->xdp && skb_load_bytes(packet->context, offset, to, length) == 0;
}

// The same for what few packets have: by a helper where there is one, since two ways to the same bytes are twice the paths for the verifier.
INLINE int take_rare(const struct packet *packet, u64 offset, void *to, const u32 length) {
  if (packet->xdp || CONSTANT(link_layer) == LINK_OTHER) return take(packet, offset, to, length);
  return offset <= MAX_OFFSET && skb_load_bytes(packet->context, offset, to, length) == 0;
}

#define BE16(value) __builtin_bswap16(value)
#define IS_VLAN(ethertype) ((ethertype) == 0x8100 || (ethertype) == 0x88a8 || (ethertype) == 0x9100)
#define MAX_VLAN_TAGS 4
#define MAX_EXTENSIONS 8

// What is found in a packet. `talker.family` is 0 where there is no address.
struct found {
  struct talker talker;
  u32 protocol;
  u32 multicast, broadcast;
  // All headers of a GSO packet, which each segment has; 0: unknown.
  u32 headers;
};

INLINE u32 read_transport(const struct packet *packet, u32 at, u8 protocol, u32 fragment, struct found *found) {
  if (fragment) return 0;
  if (CONSTANT(talkers_by) == BY_PORT) {
    if (protocol == 6 || protocol == 17 || protocol == 33 || protocol == 132 || protocol == 136) {
      u16 ports[2];
      if (take(packet, at, ports, sizeof(ports))) {
        u16 source = BE16(ports[0]), destination = BE16(ports[1]);
        found->talker.port = source < destination ? source : destination;
        found->talker.has_port = 1;
      }
    }
  }
  if (packet->xdp || packet->gso_size == 0) return 0;
  if (protocol == 17) return at + 8;
  u8 offset;
  if (protocol == 6 && take_rare(packet, at + 12, &offset, 1)) return at + (offset >> 4) * 4;
  return 0;
}

INLINE void read_v4(const struct packet *packet, u32 at, struct found *found) {
  struct {
    u8 version_length, tos;
    u16 length, id, fragment;
    u8 ttl, protocol;
    u16 checksum;
    u32 source, destination;
  } header;
  found->protocol = V4_UNSEEN;
  if (!take(packet, at, &header, sizeof(header)) || header.version_length >> 4 != 4) return;
  u32 length = (header.version_length & 15) * 4;
  if (length < sizeof(header)) return;
  found->protocol = header.protocol;
  found->talker.family = 4;
  found->talker.protocol = header.protocol;
  found->talker.address[0] = packet->outgoing ? header.destination : header.source;
  if (CONSTANT(link_layer) != LINK_ETHERNET) {
    if (header.destination == 0xffffffff) found->broadcast = 1;
    else if ((header.destination & 0xf0) == 0xe0) found->multicast = 1;
  }
  found->headers = read_transport(packet, at + length, header.protocol, (header.fragment & BE16(0x1fff)) != 0, found);
}

// Hop-by-hop, routing, fragment, authentication, destination options: those that the kernel looks behind (ipv6_ext_hdr).
#define IS_EXTENSION(next) ((next) == 0 || (next) == 43 || (next) == 44 || (next) == 51 || (next) == 60)

INLINE void read_v6(const struct packet *packet, u32 at, struct found *found) {
  struct {
    u32 version_class_flow;
    u16 length;
    u8 next, hop_limit;
    u32 source[4], destination[4];
  } header;
  found->protocol = V6_UNSEEN;
  if (!take(packet, at, &header, sizeof(header)) || (header.version_class_flow & 0xf0) != 0x60) return;
  found->talker.family = 6;
  for (int word = 0; word < 4; word++)
    found->talker.address[word] = packet->outgoing ? header.destination[word] : header.source[word];
  if (CONSTANT(link_layer) != LINK_ETHERNET && (header.destination[0] & 0xff) == 0xff) found->multicast = 1;
  u32 next = header.next;
  u32 fragment = 0;
  at += sizeof(header) + packet->zero;
  for (int walked = 0; walked < MAX_EXTENSIONS; walked++) {
    if (!IS_EXTENSION(next)) break;
    // The bytes before a fragment's payload belong to its first fragment.
    if (fragment) return;
    struct {
      u8 next, length;
      u16 offset;
    } extension;
    if (!take_rare(packet, at, &extension, sizeof(extension))) return;
    if (next == 44) {
      fragment = extension.offset & BE16(0xfff8);
      at += 8;
    } else if (next == 51) {
      at += (extension.length + 2) * 4;
    } else {
      at += (extension.length + 1) * 8;
    }
    next = extension.next;
  }
  if (IS_EXTENSION(next)) return;
  found->protocol = 256 + (next & 0xff);
  found->talker.protocol = next;
  found->headers = read_transport(packet, at, next, fragment, found);
}

INLINE void read_packet(const struct packet *packet, struct found *found) {
  u32 ethertype = packet->ethertype, at = 0;
  u64 link = CONSTANT(link_layer);
  found->protocol = OTHER;
  if (link == LINK_RAW_IP) {
    u8 version;
    if (!take(packet, 0, &version, 1)) return;
    ethertype = version >> 4 == 4 ? 0x0800 : version >> 4 == 6 ? 0x86dd : 0;
  } else if (link != LINK_OTHER) {
    struct {
      u16 destination[3], source[3], type;
    } ethernet;
    if (!take(packet, 0, &ethernet, sizeof(ethernet))) return;
    at = sizeof(ethernet) + packet->zero;
    ethertype = BE16(ethernet.type);
    if (link == LINK_ETHERNET) {
      // Without branches too.
      const u16 *mac = ethernet.destination;
      found->broadcast = ((u32)(mac[0] & mac[1] & mac[2]) + 1) >> 16;
      found->multicast = (mac[0] & 1) - found->broadcast;
    }
  }
  for (int tag = 0; tag < MAX_VLAN_TAGS; tag++) {
    if (!IS_VLAN(ethertype)) break;
    u16 vlan[2];
    if (!take_rare(packet, at, vlan, sizeof(vlan))) return;
    at += sizeof(vlan);
    ethertype = BE16(vlan[1]);
  }
  if (ethertype == 0x0800) read_v4(packet, at, found);
  else if (ethertype == 0x86dd) read_v6(packet, at, found);
  else if (ethertype == 0x0806) found->protocol = ARP;
}

// Without branches, which the verifier would follow each: 1 where `length` is at least `least`.
#define REACHES(length, least) ((u64)((long long)(least)-1 - (long long)(length)) >> 63)
INLINE u64 size_class(u32 length) {
  return REACHES(length, 65) + REACHES(length, 128) + REACHES(length, 256) + REACHES(length, 512) +
         REACHES(length, 1024) + REACHES(length, 1519);
}

INLINE void add(struct amount *amount, u64 bytes) {
  __sync_fetch_and_add(&amount->packets, 1);
  __sync_fetch_and_add(&amount->bytes, bytes);
}

INLINE void count_talker(struct counts *counts, struct talker *talker, u32 length) {
  u32 zero = 0;
  u32 *now = map_lookup(&generation, &zero);
  struct amount *amount = 0;
  if (now && talker->family != 0) {
    talker->generation = *now;
    if (CONSTANT(talkers_by) == BY_ADDRESS) {
      talker->protocol = 0;
    } else {
      for (int word = 0; word < 4; word++) talker->address[word] = 0;
    }
    amount = map_lookup(&talkers, talker);
    if (!amount) {
      struct amount none = {0, 0};
      if (map_update(&talkers, talker, &none, BPF_NOEXIST) == 0) counts->talkers_added += 1;
      amount = map_lookup(&talkers, talker);
    }
  }
  if (amount) {
    add(amount, length);
  } else {
    counts->other.packets += 1;
    counts->other.bytes += length;
  }
}

// The kernel runs these programs with softirqs off, so a CPU's own counters need no atomic additions.
INLINE void count(struct packet *packet) {
  u32 zero = 0;
  struct counts *counts = map_lookup(&counters, &zero);
  if (!counts) return;
  struct found found = {};
  packet->zero = counts->zero;
  read_packet(packet, &found);
  found.protocol += packet->zero;
  found.talker.family += packet->zero;

  u64 segments = 1, wire = packet->length;
  if (!packet->xdp && packet->gso_size != 0) {
    segments = packet->gso_segments;
    // What came from outside this kernel (a virtual machine, a tap) does not say how many it is.
    if (segments == 0 && found.headers != 0 && packet->length > found.headers)
      segments = (packet->length - found.headers + packet->gso_size - 1) / packet->gso_size;
    if (segments == 0) segments = 1;
    if (packet->wire_length != 0) wire = packet->wire_length;
    else wire += (segments - 1) * found.headers;
  }
  counts->packets += 1;
  counts->bytes += packet->length;
  counts->wire_packets += segments;
  counts->wire_bytes += wire;
  counts->multicast += found.multicast;
  counts->broadcast += found.broadcast;
  u64 class = size_class(packet->length);
  if (class < 7) counts->sizes[class] += 1;
  if (found.protocol < PROTOCOLS) {
    counts->protocols[found.protocol].packets += 1;
    counts->protocols[found.protocol].bytes += packet->length;
  }
  if (CONSTANT(talkers_by) != BY_NONE) count_talker(counts, &found.talker, packet->length);
}

SECTION("xdp/incoming") int xdp_incoming(struct xdp_md *context) {
  void *data = (void *)(u64)context->data, *data_end = (void *)(u64)context->data_end;
  struct packet packet = {.context = context, .data = data, .data_end = data_end, .xdp = 1, .length = data_end - data};
  count(&packet);
  return XDP_PASS;
}

SECTION("tc/incoming") int tc_incoming(struct __sk_buff *skb) {
  void *data = (void *)(u64)skb->data, *data_end = (void *)(u64)skb->data_end;
  struct packet packet = {.context = skb, .data = data, .data_end = data_end, .length = skb->len, .ethertype = BE16(skb->protocol)};
  packet.gso_segments = skb->gso_segs;
  packet.gso_size = skb->gso_size;
  count(&packet);
  return TC_NEXT;
}

SECTION("tc/outgoing") int tc_outgoing(struct __sk_buff *skb) {
  void *data = (void *)(u64)skb->data, *data_end = (void *)(u64)skb->data_end;
  struct packet packet = {.context = skb, .data = data, .data_end = data_end, .outgoing = 1, .length = skb->len, .ethertype = BE16(skb->protocol)};
  packet.gso_segments = skb->gso_segs;
  packet.gso_size = skb->gso_size;
  packet.wire_length = skb->wire_len;
  count(&packet);
  return TC_NEXT;
}

// These run preemptibly and for a whole host's sockets, hence atomic additions. What finds no place is counted at cookie 0, which the loader makes.
INLINE void count_socket(struct __sk_buff *skb, int outgoing) {
  if (skb->ifindex != CONSTANT(device)) return;
  // The root cgroup has the sockets of every network namespace, and each numbers its interfaces from 1. 0: not to be told apart on this kernel.
  if (CONSTANT(netns) != 0 && netns_cookie(skb) != CONSTANT(netns)) return;
  struct socket key = {socket_cookie(skb), outgoing};
  struct amount *amount = map_lookup(&sockets, &key);
  if (!amount) {
    struct amount none = {0, 0};
    map_update(&sockets, &key, &none, BPF_NOEXIST);
    amount = map_lookup(&sockets, &key);
  }
  if (!amount) {
    key.cookie = 0;
    amount = map_lookup(&sockets, &key);
  }
  if (amount) add(amount, skb->len);
}

SECTION("socket/incoming") int socket_incoming(struct __sk_buff *skb) {
  count_socket(skb, 0);
  return SOCKET_PASS;
}

SECTION("socket/outgoing") int socket_outgoing(struct __sk_buff *skb) {
  count_socket(skb, 1);
  return SOCKET_PASS;
}

// The kernel asks for a licence; this one may use every helper named above.
const char SECTION("license") licence[] = "MIT";
