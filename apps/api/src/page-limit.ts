import { AppError } from '@pramaan/core/platform/errors'
import { placeHash } from '@pramaan/core/platform/place'
import { PUBLIC_LIMIT } from '@pramaan/trpc/trpc'
import type { Call } from './http.ts'

/** Counts a call of a page by the caller's place, as the public procedures are counted. @throws AppError `rate_limited` */
export async function limitPage(call: Call, page: string): Promise<void> {
  const { keys, limiter } = call.http.deps
  const place = placeHash({ keys, ip: call.ip }).toString('base64url')
  const { allowed } = await limiter.take(`address:page.${page}:${place}`, PUBLIC_LIMIT)
  if (!allowed) throw new AppError('rate_limited', 'Too many tries from your address. Wait a minute, then try again.')
}
