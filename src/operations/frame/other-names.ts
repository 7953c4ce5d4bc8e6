// Names under which NetMCP, network-mcp and Netmon-mcp offered things, and what does the same here.

/** Only names that are not ours; `ping`, `mtr` and the like kept theirs. */
export const otherNames: Readonly<Record<string, readonly string[]>> = {
  // NetMCP (Python)
  ip_info_tool: ['get_interfaces'],
  eth_info_tool: ['get_interfaces'],
  nmcli_status_tool: ['get_network_manager'],
  iwconfig_tool: ['get_wifi'],
  iwlist_scan_tool: ['get_wifi'],
  ip_route_tool: ['get_routes'],
  ip_neigh_tool: ['get_arp_table'],
  arp_table_tool: ['get_arp_table'],
  resolvectl_status_tool: ['get_dns_config'],
  cat_resolv_conf_tool: ['get_dns_config'],
  dig_tool: ['dns_lookup'],
  host_tool: ['dns_lookup'],
  nslookup_tool: ['dns_lookup'],
  ping_host_tool: ['ping'],
  ping_tool: ['ping'],
  traceroute_tool: ['traceroute'],
  tracepath_tool: ['tracepath'],
  tc_qdisc_show_tool: ['get_qdiscs'],
  nft_list_ruleset_tool: ['get_firewall'],
  iptables_list_tool: ['get_firewall'],
  ss_summary_tool: ['get_connections'],
  hostname_ips_tool: ['get_interfaces'],
  hostnamectl_tool: ['get_host_info'],
  validate_change_plan_tool: ['validate_change_plan'],
  render_change_plan_tool: ['render_change_plan'],
  apply_rendered_plan_tool: ['apply_rendered_plan'],
  snapshot_checkpoint_tool: ['snapshot_checkpoint'],
  rollback_to_checkpoint_tool: ['rollback_to_checkpoint'],
  list_checkpoints_tool: ['list_checkpoints'],
  delete_checkpoint_tool: ['delete_checkpoint'],
  set_sysctl_tool: ['set_sysctl', 'render_change_plan'],
  apply_tc_script_tool: ['apply_tc_script', 'render_change_plan'],
  apply_nft_ruleset_tool: ['apply_nft_ruleset', 'render_change_plan'],
  set_nic_offloads_tool: ['set_nic_offloads', 'render_change_plan'],
  set_mtu_tool: ['set_mtu', 'render_change_plan'],
  apply_connection_limits: ['render_change_plan'],
  apply_rate_limits: ['render_change_plan'],
  apply_connection_tracking: ['render_change_plan'],
  apply_nat_rules: ['render_change_plan'],
  test_network_performance_tool: ['measure_network'],
  quick_latency_test_tool: ['measure_network', 'ping'],
  validate_configuration_changes_tool: ['compare_measurements'],
  auto_validate_and_rollback_tool: ['optimize'],
  get_audit_log_tool: ['get_change_history'],
  search_audit_log_tool: ['get_change_history'],
  check_sudo_access: ['capabilities'],
  check_sudo_access_tool: ['capabilities'],
  request_sudo_access: ['capabilities'],
  request_sudo_access_tool: ['capabilities'],
  extend_sudo_cache: ['capabilities'],
  extend_sudo_cache_tool: ['capabilities'],
  get_sudo_setup_instructions: ['capabilities'],
  get_sudo_setup_instructions_tool: ['capabilities'],
  // network-mcp
  custom_scapy_filter: ['filter_packets'],
  whois: ['rdap_lookup'],
  // Netmon-mcp
  'network-monitor': ['network_monitor'],
};

/** The same names with and without `_tool`, and with - for _. */
export const ourNamesFor = (name: string): readonly string[] | undefined => {
  for (const spelling of [name, `${name}_tool`, name.replaceAll('-', '_'), `${name.replaceAll('-', '_')}_tool`]) {
    if (Object.hasOwn(otherNames, spelling)) return otherNames[spelling];
  }
  return undefined;
};
