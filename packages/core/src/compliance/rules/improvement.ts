interface Month {
  verdicts: number
  averageScore: number
}

/**
 * By how many points the average score of the later half of some months lies below that of the earlier half, weighted by
 * their verdicts; positive is better. The odd month in the middle counts as later. Null for fewer than two months.
 */
export function improvementOf(months: readonly Month[]): number | null {
  if (months.length < 2) return null
  const middle = Math.floor(months.length / 2)
  return Math.round(averageOf(months.slice(0, middle)) - averageOf(months.slice(middle)))
}

function averageOf(months: readonly Month[]): number {
  const verdicts = months.reduce((sum, month) => sum + month.verdicts, 0)
  return months.reduce((sum, month) => sum + month.verdicts * month.averageScore, 0) / Math.max(verdicts, 1)
}
