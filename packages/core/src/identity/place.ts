import { schema, statement } from '@pramaan/db'
import { sql } from 'drizzle-orm'
import type { CommandCtx } from '../platform/context.ts'
import { placeHash } from '../platform/place.ts'

const { signInPlaces } = schema

/** For how long a place is remembered after the last sign-in from it. */
export const PLACE_REMEMBERED_MS = 90 * 24 * 3600 * 1000

/** Notes that the person has just proved who they are from here. */
export const rememberPlace = (ctx: CommandCtx, userId: string): Promise<unknown> =>
  upsertPlace(ctx.tx).execute({ userId, placeHash: placeHash(ctx), now: ctx.now() })

const upsertPlace = statement((queries) =>
  queries
    .insert(signInPlaces)
    .values({
      userId: sql.placeholder('userId'),
      placeHash: sql.placeholder('placeHash'),
      lastProvedAt: sql.placeholder('now'),
    })
    .onConflictDoUpdate({
      target: [signInPlaces.userId, signInPlaces.placeHash],
      set: { lastProvedAt: sql`excluded.last_proved_at` },
    })
    .prepare('identity_remember_place'),
)
