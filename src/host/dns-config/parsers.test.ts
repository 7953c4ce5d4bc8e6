import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNmcliDevices } from './local-resolvers.ts';
import { countHosts, hostsOrder } from './name-order.ts';
import { parseResolvConf } from './resolv-conf.ts';
import { parseResolvectlStatus } from './resolvectl-text.ts';
import { parseServer } from './server.ts';

/** systemd 247: the first column is not aligned and lines end in blanks. */
const status247 = `Global
       Protocols: +LLMNR +mDNS -DNSOverTLS DNSSEC=no/unsupported
resolv.conf mode: stub                                          

Link 2 (enp0s31f6)
Current Scopes: none                                                        
     Protocols: -DefaultRoute +LLMNR -mDNS -DNSOverTLS DNSSEC=no/unsupported

Link 5 (wlp4s0)
    Current Scopes: DNS LLMNR/IPv4 LLMNR/IPv6                                   
         Protocols: +DefaultRoute +LLMNR -mDNS -DNSOverTLS DNSSEC=no/unsupported
Current DNS Server: 192.168.1.1                                                 
       DNS Servers: 192.168.1.1 fdb8:7b34:b3d9::1                               
        DNS Domain: lan                                                         
`;

/** systemd 245 and older: a line for each further server and domain. */
const status245 = `Global
       LLMNR setting: no
MulticastDNS setting: no
  DNSOverTLS setting: no
      DNSSEC setting: no
    DNSSEC supported: no

Link 3 (tailscale0)
      Current Scopes: DNS
DefaultRoute setting: yes
       LLMNR setting: yes
      DNSSEC setting: no
  Current DNS Server: 100.100.100.100
         DNS Servers: 100.100.100.100
                      fd7a:115c:a1e0::53
          DNS Domain: example.beta.tailscale.net
                      ~0.e.1.a.c.5.1.1.a.7.d.f.ip6.arpa
                      ~100.100.in-addr.arpa
`;

/** systemd 252, servers that are not systemd-resolved's own stub. */
const status252 = `Global
         Protocols: -LLMNR -mDNS -DNSOverTLS DNSSEC=no/unsupported
  resolv.conf mode: foreign
Current DNS Server: 1.1.1.1
       DNS Servers: 1.1.1.1

Link 2 (eth0)
Current Scopes: none
     Protocols: -DefaultRoute +LLMNR -mDNS -DNSOverTLS DNSSEC=no/unsupported
`;

/** systemd 255. */
const status255 = `Global
           Protocols: -LLMNR -mDNS -DNSOverTLS DNSSEC=no/unsupported
    resolv.conf mode: stub
  Current DNS Server: 10.10.1.64
         DNS Servers: 10.10.1.64 10.10.1.34
Fallback DNS Servers: 77.88.8.8
          DNS Domain: ivjh.ru

Link 7 (bridge0)
    Current Scopes: DNS
         Protocols: -DefaultRoute -LLMNR -mDNS -DNSOverTLS DNSSEC=no/unsupported
Current DNS Server: 10.10.1.64
       DNS Servers: 10.10.1.64 10.10.1.34
        DNS Domain: example.com
`;

/** systemd 257: long lists wrap, servers carry the name that DNS over TLS checks. */
const status257 = `Global
           Protocols: +LLMNR +mDNS DNSOverTLS=opportunistic DNSSEC=no/unsupported
    resolv.conf mode: stub
Fallback DNS Servers: 1.1.1.1#cloudflare-dns.com 8.8.8.8#dns.google 9.9.9.9#dns.quad9.net 1.0.0.1#cloudflare-dns.com 8.8.4.4#dns.google
                      149.112.112.112#dns.quad9.net 2606:4700:4700::1111#cloudflare-dns.com 2001:4860:4860::8888#dns.google

Link 3 (eno1)
    Current Scopes: DNS LLMNR/IPv4 LLMNR/IPv6
         Protocols: +DefaultRoute +LLMNR -mDNS -DNSOverTLS DNSSEC=no/unsupported
Current DNS Server: fd64::fffe
       DNS Servers: 10.64.0.254 fd64::fffe
     Default Route: yes
`;

const scopesOf = (text: string) =>
  parseResolvectlStatus(text).scopes.map(({ interface: name, servers, domains, current, defaultRoute }) => ({
    name,
    servers: servers.map(({ address }) => address),
    domains,
    current,
    defaultRoute,
  }));

describe('resolvectl status', () => {
  it('of systemd 247', () => {
    expect(parseResolvectlStatus(status247).mode).toBe('stub');
    expect(scopesOf(status247)).toEqual([
      { name: null, servers: [], domains: [], current: undefined, defaultRoute: undefined },
      { name: 'enp0s31f6', servers: [], domains: [], current: undefined, defaultRoute: false },
      {
        name: 'wlp4s0',
        servers: ['192.168.1.1', 'fdb8:7b34:b3d9::1'],
        domains: ['lan'],
        current: '192.168.1.1',
        defaultRoute: true,
      },
    ]);
  });

  it('of systemd 245: a line for each server', () => {
    expect(scopesOf(status245)[1]).toEqual({
      name: 'tailscale0',
      servers: ['100.100.100.100', 'fd7a:115c:a1e0::53'],
      domains: ['example.beta.tailscale.net', '~0.e.1.a.c.5.1.1.a.7.d.f.ip6.arpa', '~100.100.in-addr.arpa'],
      current: '100.100.100.100',
      defaultRoute: true,
    });
  });

  it('of systemd 252 and 255', () => {
    expect(parseResolvectlStatus(status252).mode).toBe('foreign');
    expect(scopesOf(status252)[0]).toMatchObject({ name: null, servers: ['1.1.1.1'] });
    expect(scopesOf(status255)).toMatchObject([
      { name: null, servers: ['10.10.1.64', '10.10.1.34'], domains: ['ivjh.ru'] },
      { name: 'bridge0', servers: ['10.10.1.64', '10.10.1.34'], domains: ['example.com'], defaultRoute: false },
    ]);
    expect(parseResolvectlStatus(status255).scopes[0]?.fallback.map(({ address }) => address)).toEqual(['77.88.8.8']);
  });

  it('of systemd 257: wrapped lists and TLS names', () => {
    const [global] = parseResolvectlStatus(status257).scopes;
    expect(global?.fallback).toHaveLength(8);
    expect(global?.fallback.at(-1)).toMatchObject({ address: '2001:4860:4860::8888', dnsOverTlsName: 'dns.google' });
    expect(global?.dnsOverTls).toBe('opportunistic');
    expect(scopesOf(status257)[1]?.servers).toEqual(['10.64.0.254', 'fd64::fffe']);
  });
});

describe('a server', () => {
  it.each([
    ['1.1.1.1', { address: '1.1.1.1' }],
    ['1.1.1.1:5353#one.test', { address: '1.1.1.1', port: 5353, dnsOverTlsName: 'one.test' }],
    ['[2001:db8::1]:853%eth0#dns.test', { address: '2001:db8::1', port: 853, interface: 'eth0' }],
    ['fe80::1%wlan0', { address: 'fe80::1%wlan0', interface: 'wlan0' }],
    ['2001:db8::1', { address: '2001:db8::1', port: undefined }],
  ])('%s', (token, expected) => {
    expect(parseServer(token)).toMatchObject(expected);
  });

  it.each(['', 'example.org', '1.2.3', '1.1.1.1.1', '#name', '1'.repeat(500)])('not %j', (token) => {
    expect(parseServer(token)).toBeUndefined();
  });
});

describe('resolv.conf', () => {
  it('the last search or domain wins, options add up, keywords only count at the start of a line', () => {
    const conf = parseResolvConf(
      [
        '; comment',
        'domain first.test',
        'search a.test b.test',
        ' nameserver 192.0.2.9',
        'nameserver 192.0.2.1   # main',
        'nameserver fe80::1%eth0',
        'options ndots:99 timeout:2',
        'options rotate edns0 trust-ad attempts:0',
        'nameserver not-an-address',
        'nameserver 192.0.2.7#5353',
      ].join('\n'),
    );
    expect(conf.servers.map(({ address }) => address)).toEqual(['192.0.2.1', 'fe80::1%eth0']);
    expect(conf.searchDomains).toEqual(['a.test', 'b.test']);
    expect(conf.options).toEqual({
      ndots: 15,
      timeout_s: 2,
      attempts: 0,
      rotate: true,
      edns0: true,
      others: ['trust-ad'],
    });
    expect(conf.notes.join(' ')).toContain('2 nameserver lines without a plain IP address');
  });

  it('says what glibc cuts', () => {
    const conf = parseResolvConf(
      `${[1, 2, 3, 4, 5].map((last) => `nameserver 192.0.2.${last}`).join('\n')}\nsearch ${'long-domain-name.example.org '.repeat(10)}`,
    );
    expect(conf.servers).toHaveLength(5);
    expect(conf.notes.join(' ')).toContain('the first 3 only (MAXNS): 192.0.2.4, 192.0.2.5 never');
    expect(conf.notes.join(' ')).toContain('10 domains in');
    expect(parseResolvConf('nameserver 192.0.2.1\nsearch a b').notes).toEqual([]);
    expect(parseResolvConf('').notes.join(' ')).toContain('127.0.0.1');
  });

  it('Docker’s comment names the servers behind 127.0.0.11', () => {
    const { dockerUpstreams } = parseResolvConf('nameserver 127.0.0.11\n# ExtServers: [host(10.0.0.2) 10.0.0.3]\n');
    expect(dockerUpstreams.map(({ address }) => address)).toEqual(['10.0.0.2', '10.0.0.3']);
  });
});

it('nmcli: values are unescaped and belong to the device before them', () => {
  const text = 'GENERAL.DEVICE:wlan0\nIP4.DNS[1]:192.0.2.1\nIP6.DNS[1]:2001\\:db8\\:\\:1\n\nGENERAL.DEVICE:lo\n';
  expect(parseNmcliDevices(text)).toMatchObject([
    { address: '192.0.2.1', interface: 'wlan0' },
    { address: '2001:db8::1', interface: 'wlan0' },
  ]);
});

it('hosts and nsswitch.conf', () => {
  expect(countHosts('127.0.0.1 localhost a b # c\n# 1.2.3.4 x\n::1 ip6-localhost\nnonsense here\n')).toEqual({
    entries: 2,
    names: 4,
  });
  expect(hostsOrder('passwd: files\nhosts:  files mdns4_minimal [NOTFOUND=return] dns # x\n')).toEqual([
    'files',
    'mdns4_minimal',
    '[NOTFOUND=return]',
    'dns',
  ]);
  expect(hostsOrder('passwd: files')).toBeNull();
});

it('no text makes a parser throw, and what comes out holds no control characters', () => {
  const words = fc.constantFrom(
    'nameserver ',
    'search ',
    'options ',
    'DNS Servers: ',
    'Global\n',
    'Link 2 (\u001b[31m)\n',
    'Link 3 (eth0)\n',
    '\n',
    '\u001b[2J',
    '\u0007',
    '1.1.1.1',
    '#\u202e',
    '[',
    ']',
    '%',
    ':',
    'hosts: ',
    'IP4.DNS[1]:',
    '\\',
    '# ExtServers: [',
  );
  const text = fc.array(fc.oneof(words, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (any) => {
      const { notes, ...conf } = parseResolvConf(any);
      const out = [conf, notes, parseResolvectlStatus(any), parseNmcliDevices(any), countHosts(any), hostsOrder(any)];
      const strings = JSON.stringify(out, (_key, value: unknown) =>
        typeof value === 'string' && /[\u0000-\u001f\u007f-\u009f\u202e]/.test(value) ? 'HIDDEN CHARACTER' : value,
      );
      expect(strings).not.toContain('HIDDEN CHARACTER');
    }),
  );
});
