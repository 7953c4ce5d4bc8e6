// A DNS server whose names change their mind: the first answer for a name is harmless, every later one is the cloud metadata address.
// Run as a program with ADDRESS; prints `ready`, then the type and name of each question.
import { createSocket } from 'node:dgram';
import packet from 'dns-packet';

const asked = new Map<string, number>();
const socket = createSocket('udp4');
socket.on('message', (message, { address, port }) => {
  const { id, questions = [] } = packet.decode(message);
  const [question] = questions;
  if (question === undefined) return;
  const { type, name } = question;
  process.stdout.write(`${type} ${name}\n`);
  const times = (asked.get(`${type} ${name}`) ?? 0) + 1;
  asked.set(`${type} ${name}`, times);
  const data = times === 1 ? (process.argv[2] ?? '') : '169.254.169.254';
  const answers = type === 'A' ? [{ type: 'A' as const, name, ttl: 0, data }] : [];
  const flags = packet.RECURSION_AVAILABLE | packet.RECURSION_DESIRED;
  socket.send(
    packet.encode({ type: 'response', ...(id === undefined ? {} : { id }), flags, questions: [question], answers }),
    port,
    address,
  );
});
socket.bind(53, process.argv[2], () => {
  process.stdout.write('ready\n');
});
