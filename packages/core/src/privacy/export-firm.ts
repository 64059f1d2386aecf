import { z } from 'zod'
import { openPack } from '../audit/index.ts'
import { requireStepUp } from '../identity/index.ts'
import { advisorIdOf } from '../platform/context.ts'
import { steps } from '../platform/use-case.ts'

const DAY_MS = 86_400_000

/**
 * Has all that is kept for a firm made into one archive, since ever, with personal data in clear: for a firm that leaves,
 * or that wants its data in a form that other programs read (DPDP Act 2023, section 11). It is made and fetched like an
 * inspection pack, and verifies like one.
 *
 * @throws AppError `step_up_required`, `invalid_state` when too many packs lie ready
 */
export const exportFirm = steps({
  name: 'privacy.export_firm',
  input: z.strictObject({}).prefault({}),
  async run(ctx) {
    requireStepUp(ctx)
    // The log ends it at the export itself; a day more is for clocks that differ.
    const period = { from: new Date(0), until: new Date(ctx.now().getTime() + DAY_MS) }
    const about = { recipient: 'the firm itself', reason: 'Export of all data of the firm', everything: true }
    return openPack(ctx, { advisorId: advisorIdOf(ctx), ...period, ...about })
  },
})
