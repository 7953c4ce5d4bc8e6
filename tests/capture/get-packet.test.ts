// get_packet: the right packet with the engine's verdicts, payload only on request, short answers, and numbers beyond the file.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { getPacket } from '../../src/operations/capture/get-packet.ts';
import { answerOf } from './ask.ts';
import { ethernet, frame, ip, pcap, tcp, udp, type Crafted } from './craft.ts';
import { captureFolder, type CaptureFolder } from './read-whole.ts';
import { requireFeature } from '../helpers/skip.ts';
import { besideTheProject, publicCaptures, tsharkFields } from './tshark.ts';

const answerSchema = z.looseObject({
  summary: z.string(),
  packet_number: z.number(),
  time: z.string().nullable(),
  time_epoch: z.number().nullable(),
  captured_bytes: z.number(),
  wire_bytes: z.number(),
  tcp_verdicts: z.array(z.string()),
  conversation: z.looseObject({ src_ip: z.string(), dst_port: z.number(), direction: z.string() }).nullable(),
  layers: z.array(
    z.looseObject({ protocol: z.string(), fields: z.record(z.string(), z.unknown()), omitted: z.number() }),
  ),
  payload: z.looseObject({ bytes: z.number(), hex: z.string(), text: z.string(), truncated: z.boolean() }).nullable(),
  untrusted: z.array(z.string()),
});
type Answer = z.infer<typeof answerSchema>;

const ask = async (input: Record<string, unknown>, maxPackets?: number): Promise<Answer> =>
  answerSchema.parse(await answerOf(getPacket, input, { maxPackets }));

const second = 1_000_000_000n;
const start = 1_700_000_000n * second;
const secret = 'Authorization: secret\u0007 and more';
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

const client = { sourcePort: 40_000, destinationPort: 80 };
const server = { sourcePort: 80, destinationPort: 40_000 };
const fromClient = (header: { seq: number; ack?: number; flags: string; payload?: Uint8Array }) =>
  frame(ip('10.0.0.1', '10.0.0.2', 6, tcp({ ...client, ...header })));
const fromServer = (header: { seq: number; ack?: number; flags: string }) =>
  frame(ip('10.0.0.2', '10.0.0.1', 6, tcp({ ...server, ...header })));

/** A connection whose data is sent twice, the second time half a second later. */
const conversation = (): Crafted[] => {
  const data = { seq: 101, ack: 501, flags: 'PA', payload: bytes(secret) };
  return [
    { time: start, bytes: fromClient({ seq: 100, flags: 'S' }) },
    { time: start + 1_000_000n, bytes: fromServer({ seq: 500, ack: 101, flags: 'SA' }) },
    { time: start + 2_000_000n, bytes: fromClient({ seq: 101, ack: 501, flags: 'A' }) },
    { time: start + 3_000_000n, bytes: fromClient(data) },
    { time: start + 503_000_123n, bytes: fromClient(data) },
    { time: start + 504_000_000n, bytes: fromServer({ seq: 501, ack: 101 + secret.length, flags: 'A' }) },
    { time: start + second, bytes: frame(ip('fd00::1', 'fd00::2', 17, udp(1234, 9999, bytes('x'.repeat(4000))))) },
    { time: start + second, bytes: ethernet(0x0806, new Uint8Array(28)) },
  ];
};

describe('get_packet', () => {
  let folder: CaptureFolder;
  let path = '';
  beforeAll(async () => {
    folder = await captureFolder();
    path = await folder.write('conversation.pcap', pcap(conversation(), { nanoseconds: true }));
  });
  afterAll(() => folder.remove());

  it('shows the packet of that number, with the verdicts and the conversation of the engine', async () => {
    const answer = await ask({ file_path: path, packet_number: 5 });
    expect(answer).toMatchObject({
      packet_number: 5,
      time: '2023-11-14T22:13:20.503000Z',
      time_epoch: 1_700_000_000.503,
      tcp_verdicts: ['retransmission'],
      conversation: { src_ip: '10.0.0.1', src_port: 40_000, dst_ip: '10.0.0.2', dst_port: 80, direction: 'forward' },
      payload: null,
      untrusted: ['layers[].fields'],
    });
    expect(answer.layers.map(({ protocol }) => protocol).slice(0, 3)).toEqual(['eth', 'ip', 'tcp']);
    expect(answer.layers[2]?.fields['tcp.seq_raw']).toBe(101);
    expect((await ask({ file_path: path, packet_number: 6 })).conversation?.direction).toBe('reverse');
    expect((await ask({ file_path: path, packet_number: 8 })).conversation).toBeNull();
  });

  it('gives the payload on request only, capped, and its text without what hides', async () => {
    const without = JSON.stringify(await ask({ file_path: path, packet_number: 4 }));
    expect(without).not.toContain('ecret');
    expect(without).not.toContain(Buffer.from('secret').toString('hex'));
    const { payload, untrusted } = await ask({ file_path: path, packet_number: 4, payload: true });
    expect(payload).toEqual({
      bytes: secret.length,
      hex: Buffer.from(secret).toString('hex'),
      text: secret.replace('\u0007', '.'),
      truncated: false,
    });
    expect(untrusted).toContain('payload.text');
    const capped = await ask({ file_path: path, packet_number: 7, payload: true, max_payload_bytes: 10 });
    expect(capped.payload).toMatchObject({ bytes: 4000, text: 'x'.repeat(10), truncated: true });
    await expect(
      ask({ file_path: path, packet_number: 7, payload: true, max_payload_bytes: 1025 }),
    ).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });

  it('says how many packets there are when the number is beyond the file, or beyond what is read', async () => {
    await expect(ask({ file_path: path, packet_number: 9 })).rejects.toMatchObject({
      code: 'not_found',
      message: `There is no packet 9: ${path} has 8.`,
      hint: 'Pass a packet_number from 1 to 8.',
    });
    await expect(ask({ file_path: path, packet_number: 5 }, 3)).rejects.toMatchObject({
      code: 'not_found',
      hint: 'Pass a packet_number from 1 to 3, or raise pcap.max_packets in the configuration.',
    });
    expect((await ask({ file_path: path, packet_number: 3 }, 3)).packet_number).toBe(3);
    const empty = await folder.write('empty.pcap', pcap([]));
    await expect(ask({ file_path: empty, packet_number: 1 })).rejects.toMatchObject({ code: 'not_found' });
    await expect(ask({ file_path: path, packet_number: 0 })).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  it('cuts what does not fit, and says so', async () => {
    // Length 0 is up to the packet's end; protocol 4 is IP in IP, 253 is nothing known.
    const header = (protocol: number): number[] => [
      0x45,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      9,
      protocol,
      0,
      0,
      1,
      1,
      1,
      1,
      2,
      2,
      2,
      2,
    ];
    const nested = Array.from({ length: 30 }, (_, index) => header(index === 29 ? 253 : 4)).flat();
    const layered = frame(Uint8Array.from([...nested, ...bytes('"'.repeat(2000))]));
    const file = await folder.write('nested.pcap', pcap([{ time: start, bytes: layered }]));
    const input = { file_path: file, packet_number: 1, payload: true, max_payload_bytes: 1024 };
    const answer = await ask(input);
    expect(JSON.stringify(answer).length).toBeLessThan(6000);
    expect(answer.payload?.bytes).toBe(2000);
    expect(answer.layers.every(({ omitted }) => omitted > 0)).toBe(true);
  });

  it('finds packets far behind a full index', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => ({
      time: start + BigInt(index),
      bytes: frame(ip('10.0.0.1', '10.0.0.2', 17, udp(1 + index, 7, bytes(`${index + 1}`)))),
    }));
    const file = await folder.write('many.pcap', pcap(many));
    for (const number of [1, 4096, 4097, 8192, 8193, 10_000]) {
      const answer = await ask({ file_path: file, packet_number: number, payload: true });
      expect([answer.packet_number, answer.payload?.text]).toEqual([number, `${number}`]);
    }
  });

  it('stays below 6,000 characters, whatever the packet', { timeout: 60_000 }, async () => {
    for (const file of publicCaptures()) {
      const input = { file_path: file.path, packet_number: 2, payload: true, max_payload_bytes: 1024 };
      const answer = await answerOf(getPacket, input).catch((error: unknown) => String(error));
      expect([file.name, JSON.stringify(answer).length < 6000]).toEqual([file.name, true]);
    }
  });

  it('has the times and lengths of tshark', { timeout: 60_000 }, async (context) => {
    await requireFeature(context, besideTheProject);
    for (const { name, path: file } of publicCaptures().filter((one) =>
      /geneve|ldap|sll|QinQ|test100|test201/.test(one.name),
    )) {
      const rows = await tsharkFields(file, ['frame.time_epoch', 'frame.len', 'frame.cap_len']);
      const number = Math.min(3, rows.length);
      if (number === 0) continue;
      const [epoch, length, captured] = rows[number - 1] ?? [];
      const answer = await ask({ file_path: file, packet_number: number });
      expect([name, answer.time_epoch?.toFixed(5) ?? '', answer.wire_bytes, answer.captured_bytes]).toEqual([
        name,
        epoch === '' ? '' : Number(epoch).toFixed(5),
        Number(length),
        Number(captured),
      ]);
    }
  });
});
