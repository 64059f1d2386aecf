/** Messages a second by the level of a number (Meta, "Throughput", 11 September 2026). */
const THROUGHPUT: Readonly<Record<string, number>> = { STANDARD: 80, HIGH: 1_000 }

export const throughputOf = (level: string | undefined): number | null => THROUGHPUT[level ?? ''] ?? null

/** `TIER_250`, `TIER_2K`, ... as the number of persons; null for `TIER_UNLIMITED` and what is no tier. */
export function peopleOfTier(tier: string | undefined): number | null {
  const [, digits, thousands] = /^TIER_(\d+)(K?)$/.exec(tier ?? '') ?? []
  return digits === undefined ? null : Number(digits) * (thousands === 'K' ? 1_000 : 1)
}
