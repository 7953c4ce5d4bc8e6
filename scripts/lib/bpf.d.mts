export const bpfObject: string;
export function compilerVersion(): Promise<string | undefined>;
export function bpfRecord(): Promise<{ compiler: string; source_sha256: string; object_sha256: string }>;
export function compileBpf(target: string): Promise<void>;
export function staleBpf(): Promise<string | undefined>;
