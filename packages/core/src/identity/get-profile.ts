import { z } from 'zod'
import { query } from '../platform/use-case.ts'
import { readFirm } from './read-firm.ts'
import { readProfile } from './read-profile.ts'

/** The caller and their firm (an API key sees the firm alone), with tier and compliance score (null before the first verdict). */
export const getProfile = query({
  name: 'advisor.profile',
  input: z.strictObject({}),
  run: (ctx) => (ctx.actor.kind === 'api_key' ? readFirm(ctx, ctx.db.lookup) : readProfile(ctx, ctx.db.lookup)),
})
