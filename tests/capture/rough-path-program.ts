// A path between two TUN devices which delays every packet, and loses, repeats and holds back some, the same ones for the same seed.
// It opens both devices in its own namespace and prints a line; whoever started it moves the second one and ends it with a signal.
import { openSync, read, writeSync } from 'node:fs';
import koffi from 'koffi';
import { randomNumbers } from './conversations.ts';

const TUNSETIFF = 0x400454ca;
const IFF_TUN = 1;
const IFF_NO_PI = 0x1000;

const [seed = 1, delayMs = 5, lossPercent = 0, repeatPercent = 0, holdPercent = 0] = process.argv.slice(2).map(Number);

const ioctl = koffi.load(null).func('int ioctl(int fd, unsigned long request, void *argument)');

/** struct ifreq: the name in 16 bytes, then the flags. */
const openTun = (device: string): number => {
  const fd = openSync('/dev/net/tun', 'r+');
  const request = Buffer.alloc(40);
  request.write(device);
  request.writeUInt16LE(IFF_TUN | IFF_NO_PI, 16);
  if (ioctl(fd, TUNSETIFF, request) !== 0) throw new Error(`no TUN device ${device}: errno ${koffi.errno()}`);
  return fd;
};

const join = (from: number, to: number, random: () => number): void => {
  const buffer = Buffer.alloc(65_536);
  const happens = (percent: number): boolean => random() * 100 < percent;
  const sendLater = (packet: Buffer, ms: number): void => {
    setTimeout(() => {
      try {
        writeSync(to, packet);
      } catch (error) {
        // The device at the other end is not up yet.
        if (!(error instanceof Error && 'code' in error && error.code === 'EIO')) throw error;
      }
    }, ms);
  };
  const forward = (): void => {
    read(from, buffer, 0, buffer.length, null, (error, length) => {
      if (error !== null) throw error;
      const packet = Buffer.from(buffer.subarray(0, length));
      // Four numbers a packet, whatever they decide.
      const [lost, repeated, held] = [happens(lossPercent), happens(repeatPercent), happens(holdPercent)];
      const longer = 1 + Math.floor(random() * delayMs);
      if (!lost) sendLater(packet, held ? delayMs + longer : delayMs);
      if (repeated) sendLater(packet, delayMs + longer);
      forward();
    });
  };
  forward();
};

const [near, far] = [openTun('r0'), openTun('r1')];
join(near, far, randomNumbers(seed));
join(far, near, randomNumbers(seed + 1));
process.stdout.write('open\n');
