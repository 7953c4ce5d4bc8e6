// udev: what the .link file of an interface sets on the device itself, before any network manager sees it.
import type { LinkAttribute, Owner } from '../../model/owner.ts';
import { isShipped, linkClaim, type OwnerContext } from './context.ts';
import { lastValues } from './ini.ts';
import { unitFor } from './systemd-units.ts';

const attributeOf = (key: string): LinkAttribute | undefined => {
  if (key === 'MTUBytes') return 'mtu';
  if (key === 'TransmitQueueLength') return 'txqueuelen';
  if (/^(?:Rx|RxMini|RxJumbo|Tx)BufferSize$/.test(key)) return 'rings';
  if (key.includes('Coalesce')) return 'coalescing';
  return /(?:Offload(?:Hardware)?|HardwareAcceleration|VLANCTAGFilter|NTupleFilter)$/.test(key)
    ? 'offloads'
    : undefined;
};

export const readUdevLink = (context: OwnerContext): Owner[] => {
  const { files, device } = context;
  const unit = unitFor(context, '.link');
  if (unit === undefined) return [];
  const runs = files.exists('/run/udev');
  return [...lastValues(unit.sections, 'Link').values()].flatMap(({ key, value, source }): Owner[] => {
    const attribute = attributeOf(key);
    if (attribute === undefined) return [];
    const isOnly = attribute === 'mtu' || attribute === 'txqueuelen';
    return [
      {
        manager: 'udev (.link)',
        claim: linkClaim(device.iface, attribute),
        value: isOnly ? value : `${key}=${value}`,
        source,
        shipped: isShipped(source),
        active: runs,
        effect: 'when udev sees the interface: at boot and when it is plugged in',
      },
    ];
  });
};
