// Rates as plans write them (Mbit/s, fractions allowed) and as resources take them (bits a second in whole bytes, as the kernel keeps them).
import * as z from 'zod';

/** Mbit/s: 8 kbit/s, where a frame already takes a second and a half, to 100 Gbit/s. */
export const rateSchema = z.number().min(0.008).max(100_000);

export const bitsOf = (mbit: number): number => Math.floor(Math.round(mbit * 1_000_000) / 8) * 8;
