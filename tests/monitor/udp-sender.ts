// Sends datagrams to an address and port, and prints how many. Run by the tests in a namespace: udp-sender.ts ADDRESS PORT COUNT BYTES.
// ADDRESS may be an IPv4 network as 10.9.0.0/16: then each datagram goes to the next of its addresses.
import { createSocket } from 'node:dgram';

const [address = '', port = '', count = '', bytes = ''] = process.argv.slice(2);
const [first = '', bits] = address.split('/');
const base = first.split('.').map(Number);
const receiver = (index: number): string =>
  bits === undefined ? address : [...base.slice(0, 2), (index >> 8) & 255, index & 255].join('.');
const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
const data = Buffer.alloc(Number(bytes));
/** Nobody listens: an answer to an earlier datagram may make a send fail, which then has sent nothing. */
const send = (index: number): Promise<boolean> =>
  new Promise((resolve) => {
    socket.send(data, Number(port), receiver(index), (error) => {
      resolve(error === null);
    });
  });
let sent = 0;
while (sent < Number(count)) if (await send(sent)) sent += 1;
socket.close();
console.log(sent);
