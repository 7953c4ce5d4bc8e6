// A TCP connection in detail, each direction by itself, as answers have it.
import * as z from 'zod';

const directionSchema = z.strictObject({
  rtt_ms: z
    .strictObject({ samples: z.number(), min: z.number(), average: z.number(), max: z.number() })
    .nullable()
    .describe('Of the data sent this way, one sample a round trip'),
  max_bytes_in_flight: z.number().nullable(),
  window_scale: z
    .number()
    .nullable()
    .optional()
    .describe('Exponent its SYN offers; null: none; absent: no SYN in the file'),
  tcp_issues: z.record(z.string(), z.number()).optional().describe('Sent this way'),
});

export const connectionFields = {
  handshake_rtt_ms: z.number().nullable(),
  forward: directionSchema.describe('Sent by who sent the first packet'),
  reverse: directionSchema,
};
