import { WINDOW_SECONDS } from '@pramaan/core/platform/rate-limit'
import type { CountedCall } from '@pramaan/trpc/context'

/** draft-ietf-httpapi-ratelimit-headers: the policy the call counted under, and what is left of it. */
export function rateHeaders(counted: CountedCall): Record<string, string> {
  const { policy, limit, remaining, resetSeconds, allowed } = counted
  return {
    'ratelimit-policy': `"${policy}";q=${limit};w=${WINDOW_SECONDS}`,
    ratelimit: `"${policy}";r=${remaining};t=${resetSeconds}`,
    ...(allowed ? {} : { 'retry-after': String(resetSeconds) }),
  }
}
