import { istDay } from '@pramaan/shared'
import { FACT_MONTHS } from '../platform/upkeep.ts'
import { monthsBefore } from './rules/range.ts'

/**
 * The first day in India of which no fact can be detached yet. Nothing before it is counted anew, whatever is told late of
 * it: what stands there was counted from facts that are gone.
 */
export const firstDayToCount = (now: Date): string => monthsBefore(istDay(now), FACT_MONTHS - 1)
