import { type CommandTable, readFloat, readInteger } from './command.ts'
import type { Keyspace, SortedSet } from './keyspace.ts'
import { type ErrorReply, isError, NOT_A_FLOAT, type Reply, SYNTAX } from './reply.ts'

type Member = [member: string, score: number]

interface Bound {
  score: number
  exclusive: boolean
}

/** Sets ordered by score, then by the bytes of the member. An empty one is no key. */
export const SORTED_SET_COMMANDS: CommandTable = {
  ZADD: { arity: [3], run: add },
  ZREM: {
    arity: [2],
    run(keys, [key = '', ...members]) {
      const set = keys.getSortedSet(key)
      return isError(set) ? set : removeMembers(keys, key, set, members)
    },
  },
  ZCARD: {
    arity: [1, 1],
    run(keys, [key = '']) {
      const set = keys.getSortedSet(key)
      return isError(set) ? set : (set?.size ?? 0)
    },
  },
  ZSCORE: {
    arity: [2, 2],
    run(keys, [key = '', member = '']) {
      const set = keys.getSortedSet(key)
      if (isError(set)) return set
      const score = set?.get(member)
      return score === undefined ? null : scoreText(score)
    },
  },
  ZRANGE: { arity: [3], run: range },
  ZRANGEBYSCORE: {
    arity: [3],
    run: (keys, [key = '', low = '', high = '', ...words]) => range(keys, [key, low, high, 'BYSCORE', ...words]),
  },
  ZREMRANGEBYSCORE: {
    arity: [3, 3],
    run(keys, [key = '', low, high]) {
      const bounds = readBounds(low, high)
      if (isError(bounds)) return bounds
      const set = keys.getSortedSet(key)
      if (isError(set)) return set
      const members = ordered(set).filter(([, score]) => within(score, ...bounds))
      return removeMembers(
        keys,
        key,
        set,
        members.map(([member]) => member),
      )
    },
  },
}

function removeMembers(keys: Keyspace, key: string, set: SortedSet | undefined, members: readonly string[]): number {
  if (!set) return 0
  const removed = members.filter((member) => set.delete(member)).length
  if (set.size === 0) keys.delete(key)
  return removed
}

const ordered = (set: SortedSet | undefined): Member[] =>
  [...(set ?? [])].sort(([a, x], [b, y]) => (x === y ? (a < b ? -1 : 1) : x - y))

const scoreText = (score: number) =>
  Number.isFinite(score) ? (Object.is(score, -0) ? '-0' : String(score)) : score > 0 ? 'inf' : '-inf'

interface AddOptions {
  only: Set<string>
  changed: boolean
  increment: boolean
}

function add(keys: Keyspace, [key = '', ...words]: readonly string[]): Reply {
  const options: AddOptions = { only: new Set(), changed: false, increment: false }
  let start = 0
  for (; start < words.length; start++) {
    const option = words[start]?.toUpperCase() ?? ''
    if (option === 'CH') options.changed = true
    else if (option === 'INCR') options.increment = true
    else if (/^(NX|XX|GT|LT)$/.test(option)) options.only.add(option)
    else break
  }
  const pairs = words.slice(start)
  const refusal = refuseOptions(options, pairs)
  if (refusal) return refusal
  const members: Member[] = []
  for (let index = 0; index < pairs.length; index += 2) {
    const score = readFloat(pairs[index])
    if (score === null) return NOT_A_FLOAT
    members.push([pairs[index + 1] ?? '', score])
  }
  const held = keys.getSortedSet(key)
  if (isError(held)) return held
  return addMembers(keys, key, held ?? new Map(), members, options)
}

function refuseOptions({ only, increment }: AddOptions, pairs: readonly string[]): ErrorReply | null {
  if (pairs.length === 0 || pairs.length % 2 === 1) return SYNTAX
  if (only.has('NX') && only.has('XX')) return { error: 'ERR XX and NX options at the same time are not compatible' }
  const exclusive = Number(only.has('NX')) + Number(only.has('GT')) + Number(only.has('LT'))
  if (exclusive > 1) return { error: 'ERR GT, LT, and/or NX options at the same time are not compatible' }
  if (increment && pairs.length > 2) return { error: 'ERR INCR option supports a single increment-element pair' }
  return null
}

function addMembers(keys: Keyspace, key: string, set: SortedSet, members: Member[], options: AddOptions): Reply {
  const { only, increment } = options
  let added = 0
  let updated = 0
  let answer: string | null = null
  for (const [member, amount] of members) {
    const old = set.get(member)
    const score = increment ? (old ?? 0) + amount : amount
    if (Number.isNaN(score)) return { error: 'ERR resulting score is not a number (NaN)' }
    const refused =
      old === undefined
        ? only.has('XX')
        : only.has('NX') || (only.has('GT') && score <= old) || (only.has('LT') && score >= old)
    if (refused) continue
    if (old === undefined) added++
    else if (old !== score) updated++
    set.set(member, score)
    answer = scoreText(score)
  }
  if (set.size > 0) keys.set(key, set, keys.expiresAt(key) ?? null)
  if (increment) return answer
  return options.changed ? added + updated : added
}

interface RangeOptions {
  byScore: boolean
  reverse: boolean
  withScores: boolean
  limit: [offset: number, count: number] | null
}

function range(keys: Keyspace, [key = '', first, last, ...words]: readonly string[]): Reply {
  const options = readRangeOptions(words)
  if (isError(options)) return options
  const select = options.byScore ? selectByScore(first, last, options) : selectByIndex(first, last, options)
  if (isError(select)) return select
  const set = keys.getSortedSet(key)
  if (isError(set)) return set
  const members = ordered(set)
  const chosen = select(options.reverse ? members.reverse() : members)
  return options.withScores
    ? chosen.flatMap(([member, score]) => [member, scoreText(score)])
    : chosen.map(([member]) => member)
}

function readRangeOptions(words: readonly string[]): RangeOptions | ErrorReply {
  const options: RangeOptions = { byScore: false, reverse: false, withScores: false, limit: null }
  for (let index = 0; index < words.length; index++) {
    const option = words[index]?.toUpperCase()
    if (option === 'BYSCORE') options.byScore = true
    else if (option === 'REV') options.reverse = true
    else if (option === 'WITHSCORES') options.withScores = true
    else if (option === 'LIMIT' && index + 2 < words.length) {
      const offset = readInteger(words[++index])
      const count = readInteger(words[++index])
      if (isError(offset)) return offset
      if (isError(count)) return count
      options.limit = [offset, count]
    } else return SYNTAX
  }
  if (options.limit && !options.byScore) {
    return { error: 'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX' }
  }
  return options
}

function selectByIndex(first: string | undefined, last: string | undefined, _options: RangeOptions) {
  const start = readInteger(first)
  const stop = readInteger(last)
  if (isError(start)) return start
  if (isError(stop)) return stop
  return (members: Member[]) => {
    const from = start < 0 ? Math.max(0, members.length + start) : start
    const to = stop < 0 ? members.length + stop : stop
    return members.slice(from, Math.max(from, to + 1))
  }
}

function selectByScore(first: string | undefined, last: string | undefined, options: RangeOptions) {
  const bounds = options.reverse ? readBounds(last, first) : readBounds(first, last)
  if (isError(bounds)) return bounds
  const [offset, count] = options.limit ?? [0, -1]
  return (members: Member[]) => {
    if (offset < 0) return []
    const inside = members.filter(([, score]) => within(score, ...bounds))
    return inside.slice(offset, count < 0 ? undefined : offset + count)
  }
}

function readBounds(low: string | undefined, high: string | undefined): [Bound, Bound] | ErrorReply {
  const bounds = [readBound(low), readBound(high)] as const
  if (!bounds[0] || !bounds[1]) return { error: 'ERR min or max is not a float' }
  return [bounds[0], bounds[1]]
}

function readBound(word: string | undefined): Bound | null {
  const exclusive = word?.startsWith('(') ?? false
  const score = readFloat(exclusive ? word?.slice(1) : word)
  return score === null ? null : { score, exclusive }
}

const within = (score: number, low: Bound, high: Bound) =>
  (low.exclusive ? score > low.score : score >= low.score) &&
  (high.exclusive ? score < high.score : score <= high.score)
