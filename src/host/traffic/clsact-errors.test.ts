import { expect, it } from 'vitest';
import { RouteError } from '../netlink/socket.ts';
import { clsactRefused } from './clsact-errors.ts';

it.each([
  [1, false, 'not_permitted'],
  [19, false, 'not_found'],
  [16, false, 'rung_taken'],
  [17, false, 'rung_taken'],
  [22, true, 'rung_taken'],
  [22, false, 'missing_kernel_feature'],
  [2, false, 'missing_kernel_feature'],
  [95, false, 'missing_kernel_feature'],
])('errno %s, our priority taken: %s, is %s', (errno, taken, code) => {
  const error = clsactRefused(new RouteError({ errno, text: 'the kernel’s words' }), 'eth0', taken);
  expect(error).toMatchObject({ code, details: { errno } });
  expect(`${error.message} ${error.hint}`).not.toMatch(/unprivileged_bpf_disabled|ulimit/);
});

it('names exactly what is lacking', () => {
  expect(clsactRefused(new RouteError({ errno: 1, text: '' }), 'eth0', false).hint).toBe(
    'Give netmcp CAP_BPF and CAP_NET_ADMIN, or run it as root.',
  );
});
