import type { BillingPeriod } from '@pramaan/shared'

/** The end of a period that begins at a moment: the same day of a later month, or the last one that month has (UTC). */
export function endOfPeriod(start: Date, period: BillingPeriod): Date {
  const months = period === 'yearly' ? 12 : 1
  const end = new Date(start)
  end.setUTCDate(1)
  end.setUTCMonth(end.getUTCMonth() + months)
  const lastDay = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate()
  end.setUTCDate(Math.min(start.getUTCDate(), lastDay))
  return end
}
