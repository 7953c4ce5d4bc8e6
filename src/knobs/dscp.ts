// The knob that marks outgoing packets with a DSCP, for both address families.
import * as z from 'zod';
import { warning } from '../model/finding.ts';
import { defineKnob } from '../model/knob.ts';
import { matchProblems } from '../model/match.ts';
import { dscpSchema, matchSchema } from '../model/names.ts';
import type { Entry } from '../resources/nft/entries.ts';
import { nftResult } from './packet-filter.ts';

const markSchema = z
  .strictObject({
    match: matchSchema.describe('every field given must match; {} takes every packet'),
    dscp: dscpSchema.describe('a name such as EF or AF41, or a number 0 to 63'),
  })
  .superRefine((mark, context) => {
    for (const { field, message } of matchProblems(mark.match))
      context.addIssue({ code: 'custom', path: ['match', field], message });
  });

const schema = z
  .array(markSchema)
  .max(256)
  .describe('marks for packets that leave the interface; the first that matches counts');

export const dscpKnob = defineKnob({
  id: 'dscp',
  schema,
  cards: ['iptables.qos_marking'],
  risk: 'none',
  meets: 'replace',
  fragments(wish, context) {
    const entries = wish.map((mark): Entry => ({ kind: 'dscp', ...mark }));
    const findings = wish.flatMap(({ match }, index) =>
      Object.keys(match).length > 0 || index === wish.length - 1
        ? []
        : [
            warning(
              `changes.dscp[${String(index)}].match`,
              'unreachable_mark',
              'this match takes every packet, so the marks after it are never set',
              'Put the match without fields last.',
            ),
          ],
    );
    return nftResult('changes.dscp', context, entries, findings, { conntrack: false });
  },
  examples: [
    {
      title: 'Video calls: media before signalling',
      wish: [
        { match: { proto: 'udp', dports: [3478, 3479, 19302] }, dscp: 'EF' },
        { match: { proto: 'tcp', dports: [443] }, dscp: 'AF41' },
      ],
    },
    {
      title: 'Backups give way to everything else',
      wish: [{ match: { proto: 'tcp', dst: '192.0.2.10', dports: ['873-874'] }, dscp: 'LE' }],
    },
  ],
});
