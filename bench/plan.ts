// The full profile that the bench applies: every setting of the shipped profiles that a network namespace has, a qdisc that most kernels have, and rules.

export const plan = {
  iface: 'bench0',
  changes: {
    sysctl: {
      'net.core.somaxconn': '8192',
      'net.ipv4.ip_local_port_range': '16384 60999',
      'net.ipv4.tcp_congestion_control': 'reno',
      'net.ipv4.tcp_ecn': '1',
      'net.ipv4.tcp_fastopen': '0',
      'net.ipv4.tcp_fin_timeout': '15',
      'net.ipv4.tcp_max_syn_backlog': '8192',
      'net.ipv4.tcp_mtu_probing': '1',
      'net.ipv4.tcp_notsent_lowat': '131072',
      'net.ipv4.tcp_rmem': '4096 131072 16777216',
      'net.ipv4.tcp_slow_start_after_idle': '0',
      'net.ipv4.tcp_syncookies': '2',
      'net.ipv4.tcp_timestamps': '0',
      'net.ipv4.tcp_wmem': '4096 65536 16777216',
      'net.ipv4.udp_rmem_min': '8192',
    },
    connection_tracking: { tcp_timeout_established: 86_400, tcp_timeout_close_wait: 30 },
    qdisc: { type: 'htb', params: { default: 30 } },
    connection_limits: [
      { protocol: 'tcp', port: 80, limit: 100 },
      { protocol: 'tcp', port: 443, limit: 100 },
    ],
    rate_limits: [{ rate: '20000/second', burst: 5000 }],
  },
  rationale: ['bench'],
};
