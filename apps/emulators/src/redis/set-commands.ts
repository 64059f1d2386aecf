import type { CommandTable } from './command.ts'
import { isError } from './reply.ts'

/** Sets of strings. An empty set is no key. */
export const SET_COMMANDS: CommandTable = {
  SADD: {
    arity: [2],
    run(keys, [key = '', ...members]) {
      const held = keys.getSet(key)
      if (isError(held)) return held
      const set = held ?? new Set<string>()
      const before = set.size
      for (const member of members) set.add(member)
      keys.set(key, set, keys.expiresAt(key) ?? null)
      return set.size - before
    },
  },
  SREM: {
    arity: [2],
    run(keys, [key = '', ...members]) {
      const set = keys.getSet(key)
      if (isError(set)) return set
      if (!set) return 0
      const removed = members.filter((member) => set.delete(member)).length
      if (set.size === 0) keys.delete(key)
      return removed
    },
  },
  SMEMBERS: {
    arity: [1, 1],
    run(keys, [key = '']) {
      const set = keys.getSet(key)
      return isError(set) ? set : [...(set ?? [])]
    },
  },
  SISMEMBER: {
    arity: [2, 2],
    run(keys, [key = '', member = '']) {
      const set = keys.getSet(key)
      return isError(set) ? set : Number(set?.has(member) ?? false)
    },
  },
  SCARD: {
    arity: [1, 1],
    run(keys, [key = '']) {
      const set = keys.getSet(key)
      return isError(set) ? set : (set?.size ?? 0)
    },
  },
}
