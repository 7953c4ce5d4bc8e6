// For the programs in TypeScript that compile the capture engine before they start.
export function ensureEngine(): Promise<void>;
