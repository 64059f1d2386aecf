import { z } from 'zod'
import { member } from '../platform/permissions.ts'
import { query } from '../platform/use-case.ts'
import { readProfile } from './read-profile.ts'

/** The caller and their firm, with tier and compliance score (null before the first verdict). */
export const getProfile = query({
  name: 'advisor.profile',
  input: z.strictObject({}),
  allow: member(),
  run: (ctx) => readProfile(ctx, ctx.db.lookup),
})
