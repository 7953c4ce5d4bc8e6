// Sends datagrams to an address and port, and prints how many. Run by the tests in a namespace: udp-sender.ts ADDRESS PORT COUNT BYTES.
import { createSocket } from 'node:dgram';

const [address = '', port = '', count = '', bytes = ''] = process.argv.slice(2);
const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
const data = Buffer.alloc(Number(bytes));
/** Nobody listens: an answer to an earlier datagram may make a send fail, which then has sent nothing. */
const send = (): Promise<boolean> =>
  new Promise((resolve) => {
    socket.send(data, Number(port), address, (error) => {
      resolve(error === null);
    });
  });
let sent = 0;
while (sent < Number(count)) if (await send()) sent += 1;
socket.close();
console.log(sent);
