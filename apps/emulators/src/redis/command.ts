import type { Keyspace } from './keyspace.ts'
import { type ErrorReply, NOT_AN_INTEGER, type Reply, SYNTAX } from './reply.ts'

/** A command on one database. */
export interface Command {
  /** The least and, unless there is none, the most words after the name. */
  arity: [number, number?]
  /** `words` without the name. The answer of a refused command is an error, and nothing has changed. */
  run(keys: Keyspace, words: readonly string[]): Reply
}

export type CommandTable = Record<string, Command>

const UNITS = { EX: 1_000, PX: 1, EXAT: 1_000, PXAT: 1 } as const
export type ExpiryOption = keyof typeof UNITS

/** Above this a time in milliseconds no longer fits the 64 bits that Redis counts in. */
const MAX_TIME = 2 ** 63

export const isExpiryOption = (option: string): option is ExpiryOption => Object.hasOwn(UNITS, option)

/** A whole number as Redis reads one: no sign but a minus, no space, no leading zero. */
export function readInteger(word: string | undefined): number | ErrorReply {
  if (word === undefined || !/^(0|-?[1-9]\d{0,18})$/.test(word)) return NOT_AN_INTEGER
  return Number(word)
}

/** A score or a bound of scores; `inf` with any sign is allowed. */
export function readFloat(word: string | undefined): number | null {
  if (word === undefined) return null
  const infinite = /^([+-]?)inf(inity)?$/i.exec(word)
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) ? Number(word) : null
}

/** The moment in milliseconds that an option such as `PX 100` names, for the error text of a command. */
export function readExpiry(
  option: ExpiryOption,
  word: string | undefined,
  now: number,
  command: string,
): number | ErrorReply {
  if (word === undefined) return SYNTAX
  const amount = readInteger(word)
  if (typeof amount !== 'number') return amount
  const moment = amount * UNITS[option] + (option === 'EX' || option === 'PX' ? now : 0)
  if (amount <= 0 || moment >= MAX_TIME) return { error: `ERR invalid expire time in '${command}' command` }
  return moment
}
