import { isIPv6 } from 'node:net'
import { schema, statement } from '@pramaan/db'
import { sql } from 'drizzle-orm'
import type { CommandCtx, Ctx } from '../platform/context.ts'

const { signInPlaces } = schema

/** For how long a place is remembered after the last sign-in from it. */
export const PLACE_REMEMBERED_MS = 90 * 24 * 3600 * 1000

/** Where a request comes from: the IPv4 address, or the first half of the IPv6 one, as a customer has all of the rest. */
export function placeOf(ip: string | null): string {
  if (ip === null || !isIPv6(ip)) return ip ?? ''
  const [head = '', tail] = ip.split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail === undefined || tail === '' ? [] : tail.split(':')
  const all = tail === undefined ? groups : [...groups, ...Array(8 - groups.length - rest.length).fill('0'), ...rest]
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

export const placeHash = (ctx: Pick<Ctx, 'keys' | 'ip'>): Buffer => ctx.keys.lookupHash('place', placeOf(ctx.ip))

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
