import { type CommandTable, type ExpiryOption, isExpiryOption, readExpiry } from './command.ts'
import type { Keyspace } from './keyspace.ts'
import { type ErrorReply, isError, OK, type Reply, SYNTAX } from './reply.ts'

interface SetOptions {
  expiry: [ExpiryOption, string | undefined] | null
  keepTtl: boolean
  onlyIf: 'NX' | 'XX' | null
  answerOld: boolean
}

/** PING, GET, SET and their kin. */
export const STRING_COMMANDS: CommandTable = {
  GET: {
    arity: [1, 1],
    run(keys, [key = '']) {
      return keys.getString(key) ?? null
    },
  },
  MGET: {
    arity: [1],
    run(keys, names) {
      return names.map((key) => {
        const value = keys.get(key)
        return typeof value === 'string' ? value : null
      })
    },
  },
  SET: { arity: [2], run: set },
  GETDEL: {
    arity: [1, 1],
    run(keys, [key = '']) {
      const value = keys.getString(key)
      if (typeof value === 'string') keys.delete(key)
      return value ?? null
    },
  },
  GETEX: { arity: [1], run: getAndExpire },
}

function set(keys: Keyspace, [key = '', value = '', ...words]: readonly string[]): Reply {
  const options = readSetOptions(words)
  if (isError(options)) return options
  const [option, amount] = options.expiry ?? []
  const expiresAt = option ? readExpiry(option, amount, keys.now(), 'set') : null
  if (isError(expiresAt)) return expiresAt

  const old = options.answerOld ? keys.getString(key) : undefined
  if (isError(old)) return old
  const exists = keys.get(key) !== undefined
  const refused = (options.onlyIf === 'NX' && exists) || (options.onlyIf === 'XX' && !exists)
  if (!refused) keys.set(key, value, options.keepTtl ? (keys.expiresAt(key) ?? null) : expiresAt)
  if (options.answerOld) return old ?? null
  return refused ? null : OK
}

function readSetOptions(words: readonly string[]): SetOptions | ErrorReply {
  const options: SetOptions = { expiry: null, keepTtl: false, onlyIf: null, answerOld: false }
  for (let index = 0; index < words.length; index++) {
    const option = words[index]?.toUpperCase() ?? ''
    if (isExpiryOption(option) && !options.expiry && !options.keepTtl && index + 1 < words.length) {
      options.expiry = [option, words[++index]]
    } else if (option === 'KEEPTTL' && !options.expiry) {
      options.keepTtl = true
    } else if ((option === 'NX' || option === 'XX') && (options.onlyIf ?? option) === option) {
      options.onlyIf = option
    } else if (option === 'GET') {
      options.answerOld = true
    } else {
      return SYNTAX
    }
  }
  return options
}

function getAndExpire(keys: Keyspace, [key = '', first, amount, ...rest]: readonly string[]): Reply {
  const option = first?.toUpperCase()
  const persist = option === 'PERSIST' && amount === undefined
  if (rest.length > 0 || (option !== undefined && !persist && !isExpiryOption(option))) return SYNTAX
  const expiresAt = option && isExpiryOption(option) ? readExpiry(option, amount, keys.now(), 'getex') : null
  if (isError(expiresAt)) return expiresAt
  const value = keys.getString(key)
  if (typeof value !== 'string') return value ?? null
  if (option) keys.setExpiry(key, expiresAt)
  return value
}
