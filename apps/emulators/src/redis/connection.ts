import type { Command } from './command.ts'
import { readInteger } from './command.ts'
import { KEY_COMMANDS } from './key-commands.ts'
import type { Keyspace } from './keyspace.ts'
import { type ErrorReply, isError, NOT_AN_INTEGER, OK, type Reply, SYNTAX } from './reply.ts'
import { SET_COMMANDS } from './set-commands.ts'
import { SORTED_SET_COMMANDS } from './sorted-set-commands.ts'
import { STRING_COMMANDS } from './string-commands.ts'

const COMMANDS = new Map<string, Command>(
  Object.entries({ ...STRING_COMMANDS, ...KEY_COMMANDS, ...SET_COMMANDS, ...SORTED_SET_COMMANDS }),
)

/** What a client believes to be talking to: new enough for every command here. */
const VERSION = '7.0.0'

/** What a connection needs of the server around it. */
export interface Host {
  databases: readonly Keyspace[]
  connectionId: number
}

/** Answers the commands of one connection in their order, and keeps its database and its open MULTI. */
interface Connection {
  execute(words: readonly string[]): Reply
  /** True after QUIT: send the answer, then close. */
  ended(): boolean
}

interface State {
  database: number
  name: string
  /** Commands held back since MULTI, or null outside one. */
  queue: { words: readonly string[]; handler: Handler }[] | null
  /** A refused command inside MULTI makes EXEC refuse the whole. */
  broken: boolean
  ended: boolean
}

interface Handler {
  arity: [number, number?]
  run(words: readonly string[]): Reply
  /** Runs at once although a MULTI is open. */
  immediate?: boolean
}

export function createConnection(host: Host): Connection {
  const state: State = { database: 0, name: '', queue: null, broken: false, ended: false }
  const own = ownCommands(host, state)

  function find(name: string): Handler | undefined {
    const command = COMMANDS.get(name)
    if (!command) return own.get(name)
    return { arity: command.arity, run: (words) => command.run(keyspace(host, state), words) }
  }

  return {
    execute(words) {
      const [name = '', ...rest] = words
      const handler = find(name.toUpperCase())
      const refusal = handler ? refuseArity(name, handler.arity, rest.length) : unknownCommand(name, rest)
      if (refusal || !handler) {
        state.broken = true
        return refusal
      }
      if (state.queue && !handler.immediate) {
        state.queue.push({ words: rest, handler })
        return { simple: 'QUEUED' }
      }
      return handler.run(rest)
    },
    ended: () => state.ended,
  }
}

function keyspace(host: Host, state: State): Keyspace {
  const keys = host.databases[state.database]
  if (!keys) throw new Error(`there is no database ${state.database}`)
  return keys
}

function refuseArity(name: string, [least, most = Number.POSITIVE_INFINITY]: [number, number?], count: number) {
  if (count >= least && count <= most) return null
  return { error: `ERR wrong number of arguments for '${name.toLowerCase()}' command` }
}

function unknownCommand(name: string, words: readonly string[]): ErrorReply {
  let beginning = ''
  for (const word of words) {
    if (beginning.length >= 128) break
    beginning += `'${word.slice(0, 128 - beginning.length)}' `
  }
  return { error: `ERR unknown command '${name.slice(0, 128)}', with args beginning with: ${beginning}` }
}

/** Commands about the connection or about all databases. */
function ownCommands(host: Host, state: State): Map<string, Handler> {
  return new Map<string, Handler>([
    ['PING', { arity: [0, 1], run: ([text]) => text ?? { simple: 'PONG' } }],
    ['ECHO', { arity: [1, 1], run: ([text = '']) => text }],
    ['SELECT', { arity: [1, 1], run: ([word]) => select(host, state, word) }],
    ['QUIT', { arity: [0], immediate: true, run: () => end(state) }],
    ['HELLO', { arity: [0], run: ([version]) => hello(host, version) }],
    ['CLIENT', { arity: [1], run: (words) => client(host, state, words) }],
    ['COMMAND', { arity: [0], run: () => [] }],
    ['INFO', { arity: [0], run: () => info(host) }],
    ['FLUSHALL', { arity: [0, 1], run: ([mode]) => flushAll(host, mode) }],
    ['MULTI', { arity: [0, 0], immediate: true, run: () => startMulti(state) }],
    ['EXEC', { arity: [0, 0], immediate: true, run: () => runMulti(state) }],
    ['DISCARD', { arity: [0, 0], immediate: true, run: () => discardMulti(state) }],
  ])
}

function select(host: Host, state: State, word: string | undefined): Reply {
  const index = readInteger(word)
  if (isError(index)) return NOT_AN_INTEGER
  if (!host.databases[index]) return { error: 'ERR DB index is out of range' }
  state.database = index
  return OK
}

function end(state: State): Reply {
  state.ended = true
  return OK
}

/** RESP3 is refused in the words on which clients fall back to RESP2. */
function hello(host: Host, version: string | undefined): Reply {
  if (version !== undefined && version !== '2') return { error: 'NOPROTO unsupported protocol version' }
  const facts: Reply[] = ['server', 'redis', 'version', VERSION, 'proto', 2, 'id', host.connectionId]
  return [...facts, 'mode', 'standalone', 'role', 'master', 'modules', []]
}

function client(host: Host, state: State, [verb = '', name = '']: readonly string[]): Reply {
  switch (verb.toUpperCase()) {
    case 'SETINFO':
      return OK
    case 'SETNAME':
      state.name = name
      return OK
    case 'GETNAME':
      return state.name === '' ? null : state.name
    case 'ID':
      return host.connectionId
    default:
      return { error: `ERR unknown subcommand '${verb}'. Try CLIENT HELP.` }
  }
}

function info(host: Host): string {
  const sizes = host.databases.map((keys, index) => ({ index, size: keys.size() })).filter(({ size }) => size > 0)
  const lines = ['# Server', `redis_version:${VERSION}`, 'redis_mode:standalone', 'server_name:pramaan-standin']
  lines.push('', '# Persistence', 'loading:0', '', '# Replication', 'role:master', '', '# Keyspace')
  return [...lines, ...sizes.map(({ index, size }) => `db${index}:keys=${size}`), ''].join('\r\n')
}

function flushAll(host: Host, mode: string | undefined): Reply {
  if (mode !== undefined && !/^(async|sync)$/i.test(mode)) return SYNTAX
  for (const keys of host.databases) keys.clear()
  return OK
}

function startMulti(state: State): Reply {
  if (state.queue) return { error: 'ERR MULTI calls can not be nested' }
  state.queue = []
  state.broken = false
  return OK
}

function runMulti(state: State): Reply {
  const { queue, broken } = state
  if (!queue) return { error: 'ERR EXEC without MULTI' }
  state.queue = null
  if (broken) return { error: 'EXECABORT Transaction discarded because of previous errors.' }
  // Nothing else runs between these, because this loop never waits.
  return queue.map(({ words, handler }) => handler.run(words))
}

function discardMulti(state: State): Reply {
  if (!state.queue) return { error: 'ERR DISCARD without MULTI' }
  state.queue = null
  return OK
}
