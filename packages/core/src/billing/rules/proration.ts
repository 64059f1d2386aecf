/**
 * What is left of a price, by time: the part of the period that has not begun, rounded down to whole paise, so that
 * never more is given back than was paid.
 */
export function unusedPaise(paid: { pricePaise: number; start: Date; end: Date }, now: Date): number {
  const whole = paid.end.getTime() - paid.start.getTime()
  const left = Math.min(whole, Math.max(0, paid.end.getTime() - now.getTime()))
  return whole <= 0 ? 0 : Number((BigInt(paid.pricePaise) * BigInt(left)) / BigInt(whole))
}
