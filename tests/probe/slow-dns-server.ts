// A DNS server that takes its time, as a healthy one far away does, and never answers for names beginning `silent`.
// Run as a program with ADDRESS DELAY_MS; every other name has that address. Prints `ready`, then the type and name of each question.
import { createSocket } from 'node:dgram';
import packet from 'dns-packet';

const [bindTo = '', delay = '0'] = process.argv.slice(2);
const socket = createSocket('udp4');
socket.on('message', (message, { address, port }) => {
  const { id = 0, questions = [] } = packet.decode(message);
  const [question] = questions;
  if (question === undefined) return;
  const { type, name } = question;
  process.stdout.write(`${type} ${name}\n`);
  if (name.startsWith('silent')) return;
  const answers = type === 'A' ? [{ type: 'A' as const, name, ttl: 0, data: bindTo }] : [];
  const flags = packet.RECURSION_AVAILABLE | packet.RECURSION_DESIRED;
  setTimeout(() => {
    socket.send(packet.encode({ type: 'response', id, flags, questions, answers }), port, address);
  }, Number(delay));
});
socket.bind(53, bindTo, () => {
  process.stdout.write('ready\n');
});
