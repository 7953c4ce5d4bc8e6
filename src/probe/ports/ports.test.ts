import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bannerText } from './banner.ts';
import { alternativeNames } from './certificate.ts';
import { expandPorts, maxPorts, shortRanges } from './port-ranges.ts';
import { serviceHintOf } from './service-names.ts';
import { serverNameOf } from './tls.ts';

test('ports are expanded once each, ascending', () => {
  expect(expandPorts([443, '20-22', 21, '80-80'])).toEqual([20, 21, 22, 80, 443]);
  expect(expandPorts(['1-4096'])).toHaveLength(maxPorts);
  expect(expandPorts(['1-4097'])).toBeUndefined();
  expect(expandPorts(['1-65535'])).toBeUndefined();
});

test('ranges hold exactly the ports they were made of', () => {
  const ports = fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { minLength: 1 });
  fc.assert(
    fc.property(ports, (some) => {
      const words = shortRanges(some).map((word) => (word.includes('-') ? word : Number(word)));
      expect(expandPorts(words)).toEqual([...some].sort((left, right) => left - right));
    }),
  );
  expect(shortRanges([])).toEqual([]);
  expect(shortRanges([3, 1, 2, 5])).toEqual(['1-3', '5']);
});

test('a banner is one short visible line, whatever was sent', () => {
  expect(bannerText(Buffer.from('220 a\r\n220 b\r\n'))).toBe('220 a 220 b');
  expect(bannerText(Buffer.from(''))).toBeNull();
  expect(bannerText(Buffer.from('\r\n\u0000\u200b'))).toBeNull();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1024 }), (bytes) => {
      const text = bannerText(bytes) ?? '';
      expect(text.length).toBeLessThanOrEqual(301);
      expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b]/);
    }),
  );
});

test('names of a certificate', () => {
  expect(alternativeNames('DNS:a.test, DNS:*.b.test, IP Address:192.0.2.1, URI:"x, DNS:forged.test"')).toEqual([
    'a.test',
    '*.b.test',
    '192.0.2.1',
    'x, DNS:forged.test',
  ]);
  expect(alternativeNames(undefined)).toEqual([]);
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(Array.isArray(alternativeNames(text))).toBe(true);
    }),
  );
});

test('SNI is a name in its ASCII form, never an address', () => {
  expect(serverNameOf('WWW.Example.com.')).toBe('www.example.com');
  expect(serverNameOf('münchen.example')).toBe('xn--mnchen-3ya.example');
  for (const target of ['192.0.2.1', '0x7f.1', '2130706433', '::1', '[fe80::1%eth0]'])
    expect(serverNameOf(target)).toBeUndefined();
});

test('well-known ports have a hint', () => {
  expect(serviceHintOf(22)).toBe('SSH');
  expect(serviceHintOf(443)).toBe('HTTPS');
  expect(serviceHintOf(54_321)).toBeNull();
});
