// network_monitor's measurement for a view that follows it: the same input and the same loop, without an end unless one is asked for.
import { NetError } from '../../model/errors.ts';
import type { OperationPorts } from '../../model/operation-ports.ts';
import { plainText } from '../../model/plain-text.ts';
import type { DirectionCounts, TrafficDirection } from '../../model/traffic.ts';
import type { Tick } from '../../monitor/watch.ts';
import { endingOf } from './answer.ts';
import { protocolsOf, talkerRows } from './direction-view.ts';
import { checkedRequest } from './network-monitor.ts';
import { measure, type MonitorRequest, type Running } from './session.ts';

export interface LiveDirection {
  rung: string;
  protocols: readonly { protocol: string; percent: number }[] | null;
  talkers: readonly { label: string; bytes: number; packets: number | null }[] | null;
}

/** Since the start. */
export const viewOf = async (
  direction: TrafficDirection,
  { protocols }: DirectionCounts,
  running: Running,
): Promise<LiveDirection> => {
  const rows = talkerRows(await running.talkers(direction), running.topTalkers);
  return {
    rung: running.opened.find((each) => each.direction === direction)?.counter.rung ?? '',
    protocols: protocols === undefined ? null : protocolsOf(protocols),
    talkers:
      rows?.map(({ address, protocol, port, process, pid, bytes, packets }) => ({
        label:
          address ?? (port === undefined ? `${process ?? 'unknown'} ${pid ?? ''}`.trim() : `${protocol ?? ''} ${port}`),
        bytes,
        packets,
      })) ?? null,
  };
};

/** The longest window stands for one without an end, so that every interval fits into it. */
export const requestOf = (input: Record<string, unknown>): MonitorRequest =>
  input['duration_s'] === undefined
    ? { ...checkedRequest({ ...input, duration_s: 300 }), durationMs: Number.POSITIVE_INFINITY }
    : checkedRequest(input);

/** `early`: why it ended before it was over. Throws NetError, also for a wrong input. */
export const measureLive = async (
  input: Record<string, unknown>,
  ports: OperationPorts,
  signal: AbortSignal,
  onTick: (tick: Tick, running: Running) => Promise<void> | void,
): Promise<{ early: string | undefined }> => {
  if (ports.platform !== 'linux') {
    throw new NetError('unsupported_platform', 'monitor needs Linux.', 'Run netmcp on the Linux machine itself.');
  }
  const { watched, link } = await measure(requestOf(input), ports, signal, onTick);
  return { early: endingOf(watched, plainText(link.iface, 20)) ?? undefined };
};
