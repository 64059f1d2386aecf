/** An answer: a string is a bulk string (one character for each byte), null the null bulk string. */
export type Reply = string | number | null | SimpleReply | ErrorReply | readonly Reply[]

interface SimpleReply {
  readonly simple: string
}

export interface ErrorReply {
  readonly error: string
}

export const OK: SimpleReply = { simple: 'OK' }
export const SYNTAX: ErrorReply = { error: 'ERR syntax error' }
export const WRONG_TYPE: ErrorReply = {
  error: 'WRONGTYPE Operation against a key holding the wrong kind of value',
}
export const NOT_AN_INTEGER: ErrorReply = { error: 'ERR value is not an integer or out of range' }
export const NOT_A_FLOAT: ErrorReply = { error: 'ERR value is not a valid float' }

export const isError = (value: unknown): value is ErrorReply =>
  typeof value === 'object' && value !== null && 'error' in value

/** The wire form of RESP2, one character for each byte. */
export function encodeReply(reply: Reply): string {
  if (reply === null) return '$-1\r\n'
  if (typeof reply === 'number') return `:${reply}\r\n`
  if (typeof reply === 'string') return `$${reply.length}\r\n${reply}\r\n`
  if ('simple' in reply) return `+${reply.simple}\r\n`
  if ('error' in reply) return `-${reply.error.replace(/[\r\n]/g, ' ')}\r\n`
  return `*${reply.length}\r\n${reply.map(encodeReply).join('')}`
}
