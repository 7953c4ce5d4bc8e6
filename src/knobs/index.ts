// The list of knobs: adding a knob is its file and one line here.
import type { Knob } from '../model/knob.ts';
import { coalescingKnob } from './coalescing.ts';
import { connectionLimitsKnob } from './connection-limits.ts';
import { connectionTrackingKnob } from './connection-tracking.ts';
import { dscpKnob } from './dscp.ts';
import { htbClassesKnob } from './htb-classes.ts';
import { mtuKnob } from './mtu.ts';
import { natRulesKnob } from './nat-rules.ts';
import { netemKnob } from './netem.ts';
import { offloadsKnob } from './offloads.ts';
import { packetSteeringKnob } from './packet-steering.ts';
import { qdiscKnob } from './qdisc.ts';
import { rateLimitsKnob } from './rate-limits.ts';
import { ringsKnob } from './rings.ts';
import { routesKnob } from './routes.ts';
import { shaperKnob } from './shaper.ts';
import { sysctlKnob } from './sysctl.ts';
import { txqueuelenKnob } from './txqueuelen.ts';

export const knobs: readonly Knob[] = [
  sysctlKnob,
  qdiscKnob,
  shaperKnob,
  netemKnob,
  htbClassesKnob,
  dscpKnob,
  connectionLimitsKnob,
  rateLimitsKnob,
  connectionTrackingKnob,
  natRulesKnob,
  offloadsKnob,
  mtuKnob,
  txqueuelenKnob,
  ringsKnob,
  coalescingKnob,
  packetSteeringKnob,
  routesKnob,
];
