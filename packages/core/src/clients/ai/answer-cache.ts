import type { Redis } from '../../platform/redis.ts'
import type { AnswerCache } from './index.ts'

/** Long enough for a text that is submitted again after a small change elsewhere, short enough to be forgotten. */
const KEPT_SECONDS = 24 * 3600

/** The cache of answers, in Redis. Whoever uses it seals what it keeps: Redis is no place for clients' data. */
export const createAnswerCache = (redis: Redis): AnswerCache => ({
  read: (key) => redis.getBuffer(key).catch(() => null),
  async keep(key, value) {
    await redis.set(key, value, 'EX', KEPT_SECONDS).catch(() => undefined)
  },
})
