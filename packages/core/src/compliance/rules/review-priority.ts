/** What stands beside a verdict and asks for haste, in points (`scoring.md`, "Points"). */
const MODEL_CONCERN = 15
const REWRITE = 35

/**
 * The place of a review in the queue by risk: the score of its verdict and what stands beside it. It orders the queue and
 * decides nothing: how many officers are needed is a matter of the score alone.
 */
export const reviewPriority = (score: number, beside: { modelConcern: boolean; rewrite: boolean }): number =>
  score + (beside.modelConcern ? MODEL_CONCERN : 0) + (beside.rewrite ? REWRITE : 0)
