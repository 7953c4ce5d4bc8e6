// Holds a tun or tap device of the namespace it runs in, as a virtual machine or a VPN does: tun-agent.ts NAME tun|tap. Lines on standard input:
// `write COUNT HEX` sends a packet into the kernel (a tap's behind a virtio-net header), `drain` takes out what the kernel sent and says how many.
import { constants, openSync, readSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import koffi from 'koffi';
import { errnoOf } from '../../src/model/errors.ts';

const TUNSETIFF = 0x400454ca;
const IFF_TUN = 1;
const IFF_TAP = 2;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;

const [name = '', mode = 'tun'] = process.argv.slice(2);
const fd = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK);
const ioctl = koffi.load(null).func('int ioctl(int fd, unsigned long request, void *argument)');
const request = Buffer.alloc(40);
request.write(name);
request.writeUInt16LE((mode === 'tap' ? IFF_TAP | IFF_VNET_HDR : IFF_TUN) | IFF_NO_PI, 16);
const answer: unknown = ioctl(fd, TUNSETIFF, request);
if (answer !== 0) throw new Error(`TUNSETIFF: errno ${koffi.errno()}`);
console.log('ready');

const drain = (): number => {
  const packet = Buffer.alloc(65_600);
  for (let count = 0; ; count += 1) {
    try {
      readSync(fd, packet);
    } catch (error) {
      if (errnoOf(error) === 'EAGAIN') return count;
      throw error;
    }
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const [word, count = '0', hex = ''] = line.split(' ');
  if (word === 'drain') console.log(drain());
  else {
    const packet = Buffer.from(hex, 'hex');
    for (let sent = 0; sent < Number(count); sent += 1) writeSync(fd, packet);
    console.log(count);
  }
}
