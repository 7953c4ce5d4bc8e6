import { describe, expect, it } from 'vitest';
import { ethtoolResource, parseFeatures } from './ethtool.ts';

const text = `Features for tap0:
rx-checksumming: off [fixed]
tx-checksumming: off
\ttx-checksum-ipv4: off [fixed]
\ttx-checksum-ip-generic: off [requested on]
tcp-segmentation-offload: off
\ttx-tcp-segmentation: off [requested on]
\ttx-tcp-mangleid-segmentation: off
generic-segmentation-offload: on
generic-receive-offload: on [requested off]
large-receive-offload: off [fixed]
tx-nocache-copy: off
`;

describe('ethtool', () => {
  const observed = { features: parseFeatures(text) };

  it('reads what is active, requested and fixed, and only the six groups', () => {
    expect(observed.features).toEqual({
      'rx-checksum': { active: false, requested: false, fixed: true },
      'tx-checksum-ipv4': { active: false, requested: false, fixed: true },
      'tx-checksum-ip-generic': { active: false, requested: true, fixed: false },
      'tx-tcp-segmentation': { active: false, requested: true, fixed: false },
      'tx-tcp-mangleid-segmentation': { active: false, requested: false, fixed: false },
      'tx-generic-segmentation': { active: true, requested: true, fixed: false },
      'rx-gro': { active: true, requested: false, fixed: false },
      'rx-lro': { active: false, requested: false, fixed: true },
    });
  });

  it.each([
    [{ 'rx-gro': true, 'tx-generic-segmentation': false }, ['ethtool -K tap0 gro on gso off']],
    [{ 'tx-tcp-segmentation': false }, ['ethtool -K tap0 tso off']],
    [{ 'tx-tcp-mangleid-segmentation': true }, ['ethtool -K tap0 tso on']],
    [
      { 'tx-tcp-segmentation': false, 'tx-tcp-mangleid-segmentation': true },
      ['ethtool -K tap0 tx-tcp-segmentation off tx-tcp-mangleid-segmentation on'],
    ],
    [{ 'rx-lro': true }, []],
    [{ 'tx-tcp-segmentation': true }, []],
  ])('brings about %j', (features, expected) => {
    expect(ethtoolResource.commands('tap0', observed, { features }).map((command) => command.text)).toEqual(expected);
  });

  it('takes no feature name like an option', () => {
    expect(() => ethtoolResource.checkState({ features: { '-s': true } })).toThrow();
  });
});
