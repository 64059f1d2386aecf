import { Redis } from 'ioredis'

export type { Redis }

/**
 * The only door to Redis. It holds sessions and the AI answer cache: nothing that cannot be lost. A call fails after
 * two seconds, so that a hanging Redis makes sign-in fail cleanly instead of hanging every request.
 */
export function createRedis(url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    commandTimeout: 2_000,
    connectTimeout: 5_000,
    enableAutoPipelining: true,
    retryStrategy: (attempt: number) => Math.min(attempt * 100, 2_000),
  })
  redis.on('error', onError)
  return redis
}
