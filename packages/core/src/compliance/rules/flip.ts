import type { FlipDirection, Outcome } from '@pramaan/shared'

const RANK: Readonly<Record<Outcome, number>> = { clean: 0, review: 1, changes_required: 2 }

/** Which way a decision turns; null when it stays. A text that could not be judged is as strict as can be. */
export function flipOf(from: Outcome, to: Outcome | null): FlipDirection | null {
  const turn = (to === null ? 3 : RANK[to]) - RANK[from]
  return turn === 0 ? null : turn > 0 ? 'stricter' : 'looser'
}
