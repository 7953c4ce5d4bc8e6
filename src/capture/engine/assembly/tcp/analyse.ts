// TCP analysis of the packet at hand within its flow, with Wireshark's definitions (User's Guide, "TCP Analysis").

export function analyse(): void {}
