import { type CommandTable, readInteger } from './command.ts'
import { matchesGlob } from './glob.ts'
import { type Keyspace, type TypeName, typeName } from './keyspace.ts'
import { type ErrorReply, isError, OK, type Reply, SYNTAX } from './reply.ts'

type Condition = 'NX' | 'XX' | 'GT' | 'LT'

const MAX_TIME = 2 ** 63

/** What can be done with a key whatever it holds. */
export const KEY_COMMANDS: CommandTable = {
  DEL: { arity: [1], run: deleteKeys },
  UNLINK: { arity: [1], run: deleteKeys },
  EXISTS: {
    arity: [1],
    run: (keys, names) => names.filter((key) => keys.get(key) !== undefined).length,
  },
  TYPE: {
    arity: [1, 1],
    run(keys, [key = '']) {
      const value = keys.get(key)
      return { simple: value === undefined ? 'none' : typeName(value) }
    },
  },
  EXPIRE: expiryCommand('expire', 1_000, true),
  PEXPIRE: expiryCommand('pexpire', 1, true),
  EXPIREAT: expiryCommand('expireat', 1_000, false),
  PEXPIREAT: expiryCommand('pexpireat', 1, false),
  PERSIST: {
    arity: [1, 1],
    run(keys, [key = '']) {
      if (typeof keys.expiresAt(key) !== 'number') return 0
      keys.setExpiry(key, null)
      return 1
    },
  },
  // Redis rounds to the nearest second.
  TTL: { arity: [1, 1], run: (keys, [key = '']) => timeToLive(keys, key, (left) => Math.floor((left + 500) / 1_000)) },
  PTTL: { arity: [1, 1], run: (keys, [key = '']) => timeToLive(keys, key, (left) => left) },
  SCAN: { arity: [1], run: scan },
  DBSIZE: { arity: [0, 0], run: (keys) => keys.size() },
  FLUSHDB: { arity: [0, 1], run: flush },
}

function deleteKeys(keys: Keyspace, names: readonly string[]): Reply {
  return names.filter((key) => keys.delete(key)).length
}

function flush(keys: Keyspace, [mode]: readonly string[]): Reply {
  if (mode !== undefined && !/^(async|sync)$/i.test(mode)) return SYNTAX
  keys.clear()
  return OK
}

function timeToLive(keys: Keyspace, key: string, inUnit: (milliseconds: number) => number): Reply {
  const expiresAt = keys.expiresAt(key)
  if (expiresAt === undefined) return -2
  return expiresAt === null ? -1 : inUnit(expiresAt - keys.now())
}

function expiryCommand(name: string, unit: number, relative: boolean) {
  return {
    arity: [2] as [number],
    run(keys: Keyspace, [key = '', amount, ...words]: readonly string[]): Reply {
      const conditions = readConditions(words)
      if (isError(conditions)) return conditions
      const count = readInteger(amount)
      if (isError(count)) return count
      const expiresAt = count * unit + (relative ? keys.now() : 0)
      if (Math.abs(expiresAt) >= MAX_TIME) return { error: `ERR invalid expire time in '${name}' command` }
      const current = keys.expiresAt(key)
      if (current === undefined || !conditions.every((condition) => allows(condition, current, expiresAt))) return 0
      if (expiresAt <= keys.now()) keys.delete(key)
      else keys.setExpiry(key, expiresAt)
      return 1
    },
  }
}

/** A key without an end counts as ending after every other. */
function allows(condition: Condition, current: number | null, next: number): boolean {
  if (condition === 'NX') return current === null
  if (condition === 'XX') return current !== null
  return condition === 'GT' ? current !== null && next > current : current === null || next < current
}

function readConditions(words: readonly string[]): Condition[] | ErrorReply {
  const conditions: Condition[] = []
  for (const word of words) {
    const option = word.toUpperCase()
    if (option !== 'NX' && option !== 'XX' && option !== 'GT' && option !== 'LT') {
      return { error: `ERR Unsupported option ${word}` }
    }
    conditions.push(option)
  }
  const has = (condition: Condition) => conditions.includes(condition)
  if (has('NX') && (has('XX') || has('GT') || has('LT'))) {
    return { error: 'ERR NX and XX, GT or LT options at the same time are not compatible' }
  }
  if (has('GT') && has('LT')) return { error: 'ERR GT and LT options at the same time are not compatible' }
  return conditions
}

/** The cursor is the serial of the next key, so that a key that stays through the whole scan is always given. */
function scan(keys: Keyspace, [cursor = '', ...words]: readonly string[]): Reply {
  if (!/^\d{1,20}$/.test(cursor)) return { error: 'ERR invalid cursor' }
  const options = readScanOptions(words)
  if (isError(options)) return options
  const found: string[] = []
  let seen = 0
  for (const { key, serial } of keys.from(Number(cursor))) {
    if (seen === options.count) return [String(serial), found]
    seen++
    const value = keys.get(key)
    const wanted = options.type === null || (value !== undefined && typeName(value) === options.type)
    if (wanted && matchesGlob(options.pattern, key)) found.push(key)
  }
  return ['0', found]
}

function readScanOptions(words: readonly string[]) {
  const options = { pattern: '*', count: 10, type: null as TypeName | string | null }
  for (let index = 0; index < words.length; index += 2) {
    const option = words[index]?.toUpperCase()
    const word = words[index + 1]
    if (word === undefined) return SYNTAX
    if (option === 'MATCH') options.pattern = word
    else if (option === 'TYPE') options.type = word.toLowerCase()
    else if (option === 'COUNT') {
      const count = readInteger(word)
      if (isError(count)) return count
      if (count < 1) return SYNTAX
      options.count = count
    } else return SYNTAX
  }
  return options
}
