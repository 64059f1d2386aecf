import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import '../../testing/provided.ts'
import { type Answer, openRedis, type RedisSocket } from '../../testing/redis-socket.ts'
import { startRedisStandin } from './server.ts'

/** Nobody else uses this database of the shared servers. */
const DATABASE = '9'

const WRONG_TYPE = '-WRONGTYPE Operation against a key holding the wrong kind of value'
const NO_INTEGER = '-ERR value is not an integer or out of range'
const SYNTAX = '-ERR syntax error'

/** Commands (words by spaces, `''` an empty word) with their answers; every table begins with an empty database. */
const TABLES: Record<string, [string, Answer][]> = {
  connection: [
    ['PING', '+PONG'],
    ['PING hello', 'hello'],
    ['ping a b', "-ERR wrong number of arguments for 'ping' command"],
    ['ECHO hello', 'hello'],
    ['NOSUCH a b', "-ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' "],
    ['HELLO 9', '-NOPROTO unsupported protocol version'],
    ['CLIENT SETNAME me', '+OK'],
    ['CLIENT GETNAME', 'me'],
    ['SELECT x', NO_INTEGER],
    ['GET', "-ERR wrong number of arguments for 'get' command"],
  ],
  strings: [
    ['GET k', null],
    ['SET k v', '+OK'],
    ['SET k w NX', null],
    ['SET n w XX', null],
    ['SET k w XX GET', 'v'],
    ['SET k x NX GET', 'w'],
    ['SET n x NX GET', null],
    ['MGET k n none', ['w', 'x', null]],
    ['SET k v NX XX', SYNTAX],
    ['SET k v NONSENSE', SYNTAX],
    ['SET k v EX', SYNTAX],
    ['SET k v EX 1 PX 1', SYNTAX],
    ['SET k v EX 1 KEEPTTL', SYNTAX],
    ['SET k v EX 0', "-ERR invalid expire time in 'set' command"],
    ['SET k v EX -1', "-ERR invalid expire time in 'set' command"],
    ['SET k v EX abc', NO_INTEGER],
    ['SET k v EX 01', NO_INTEGER],
    ['SET k v PX 99999999999999999999', NO_INTEGER],
    ['SET k v EX 9223372036854775', "-ERR invalid expire time in 'set' command"],
    ["SET k ''", '+OK'],
    ['GET k', ''],
    ['GETDEL k', ''],
    ['GETDEL k', null],
    ['SADD s a', 1],
    ['GET s', WRONG_TYPE],
    ['GETDEL s', WRONG_TYPE],
    ['GETEX s', WRONG_TYPE],
    ['SET s v GET', WRONG_TYPE],
    ['MGET s', [null]],
    ['SET s v', '+OK'],
    ['GET s', 'v'],
  ],
  'expiry of strings': [
    ['SET k v EX 100', '+OK'],
    ['TTL k', 100],
    ['SET k w KEEPTTL', '+OK'],
    ['TTL k', 100],
    ['SET k w', '+OK'],
    ['TTL k', -1],
    ['SET k v PXAT 1', '+OK'],
    ['GET k', null],
    ['SET k v EXAT 4102444800', '+OK'],
    ['PERSIST k', 1],
    ['PERSIST k', 0],
    ['GETEX k EX 50', 'v'],
    ['TTL k', 50],
    ['GETEX k', 'v'],
    ['TTL k', 50],
    ['GETEX k PERSIST', 'v'],
    ['TTL k', -1],
    ['GETEX k EX 0', "-ERR invalid expire time in 'getex' command"],
    ['GETEX k EX', SYNTAX],
    ['GETEX k EX 1 PX 1', SYNTAX],
    ['GETEX k NONSENSE', SYNTAX],
    ['GETEX none EX 1', null],
    ['GETEX k PXAT 1', 'v'],
    ['EXISTS k', 0],
  ],
  keys: [
    ['SET a 1', '+OK'],
    ['SADD b x', 1],
    ['ZADD c 1 x', 1],
    ['TYPE a', '+string'],
    ['TYPE b', '+set'],
    ['TYPE c', '+zset'],
    ['TYPE d', '+none'],
    ['EXISTS a b c d a', 4],
    ['DBSIZE', 3],
    ['DEL a d', 1],
    ['UNLINK b c', 2],
    ['DBSIZE', 0],
    ['DEL', "-ERR wrong number of arguments for 'del' command"],
    ['FLUSHDB NONSENSE', SYNTAX],
    ['FLUSHDB ASYNC', '+OK'],
  ],
  'EXPIRE and its kin': [
    ['EXPIRE none 10', 0],
    ['TTL none', -2],
    ['PTTL none', -2],
    ['SET k v', '+OK'],
    ['TTL k', -1],
    ['EXPIRE k 100 XX', 0],
    ['EXPIRE k 100 GT', 0],
    ['EXPIRE k 100 LT', 1],
    ['EXPIRE k 200 NX', 0],
    ['EXPIRE k 50 GT', 0],
    ['EXPIRE k 200 GT', 1],
    ['EXPIRE k 300 LT', 0],
    ['PEXPIRE k 250000 XX GT', 1],
    ['TTL k', 250],
    ['EXPIRE k 100 NX XX', '-ERR NX and XX, GT or LT options at the same time are not compatible'],
    ['EXPIRE k 100 GT LT', '-ERR GT and LT options at the same time are not compatible'],
    ['EXPIRE k 100 Foo', '-ERR Unsupported option Foo'],
    ['EXPIRE k ten', NO_INTEGER],
    ['EXPIRE k 9223372036854775807', "-ERR invalid expire time in 'expire' command"],
    ['EXPIREAT k 4102444800', 1],
    ['PEXPIREAT k 1', 1],
    ['EXISTS k', 0],
    ['SET k v', '+OK'],
    ['EXPIRE k -1', 1],
    ['EXISTS k', 0],
  ],
  'sorted sets': [
    ['ZADD z 1 a 2 b 3 c', 3],
    ['ZADD z 1.5 a', 0],
    ['ZADD z CH 1 a 9 d', 2],
    ['ZADD z NX 7 a 7 e', 1],
    ['ZADD z XX 5 e 5 f', 0],
    ['ZADD z GT CH 4 e 6 e', 1],
    ['ZADD z LT CH 7 e 5 e', 1],
    ['ZADD z INCR 2.5 a', '3.5'],
    ['ZADD z NX INCR 1 a', null],
    ['ZADD z NX XX 1 a', '-ERR XX and NX options at the same time are not compatible'],
    ['ZADD z GT LT 1 a', '-ERR GT, LT, and/or NX options at the same time are not compatible'],
    ['ZADD z INCR 1 a 2 b', '-ERR INCR option supports a single increment-element pair'],
    ['ZADD z x a', '-ERR value is not a valid float'],
    ['ZADD z 1 a 2', SYNTAX],
    ['ZADD z 1', "-ERR wrong number of arguments for 'zadd' command"],
    ['ZCARD z', 5],
    ['ZSCORE z a', '3.5'],
    ['ZSCORE z none', null],
    ['ZSCORE none a', null],
    ['ZRANGE z 0 -1', ['b', 'c', 'a', 'e', 'd']],
    ['ZRANGE z 0 1 WITHSCORES', ['b', '2', 'c', '3']],
    ['ZRANGE z -2 -1 REV', ['c', 'b']],
    ['ZRANGE z 5 9', []],
    ['ZRANGE z 3 1', []],
    ['ZRANGE z 0 -9', []],
    ['ZRANGE z a b', NO_INTEGER],
    [
      'ZRANGE z 0 1 LIMIT 0 1',
      '-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
    ],
    ['ZREM z a none', 1],
    ['ZREM z b c d e', 4],
    ['EXISTS z', 0],
    ['SET k v', '+OK'],
    ['ZADD k 1 a', WRONG_TYPE],
    ['ZRANGE k 0 -1', WRONG_TYPE],
    ['ZCARD k', WRONG_TYPE],
    ['ZSCORE k a', WRONG_TYPE],
    ['ZREM k a', WRONG_TYPE],
  ],
  'ranges by score': [
    ['ZADD z 1 a 1 b 2 c inf d -inf e', 5],
    ['ZRANGE z -inf +inf BYSCORE', ['e', 'a', 'b', 'c', 'd']],
    ['ZRANGE z (1 2 BYSCORE WITHSCORES', ['c', '2']],
    ['ZRANGE z 1 (2 BYSCORE', ['a', 'b']],
    ['ZRANGE z +inf -inf BYSCORE REV LIMIT 1 2', ['c', 'b']],
    ['ZRANGE z -inf +inf BYSCORE LIMIT 1 -1', ['a', 'b', 'c', 'd']],
    ['ZRANGE z -inf +inf BYSCORE LIMIT -1 2', []],
    ['ZRANGE z 5 6 BYSCORE', []],
    ['ZRANGE z x 2 BYSCORE', '-ERR min or max is not a float'],
    ['ZRANGE z 0 1 BYSCORE LIMIT 0', SYNTAX],
    ['ZRANGEBYSCORE z 1 2', ['a', 'b', 'c']],
    ['ZRANGEBYSCORE z (1 inf WITHSCORES LIMIT 0 1', ['c', '2']],
    ['ZRANGEBYSCORE none 0 1', []],
    ['ZSCORE z d', 'inf'],
    ['ZSCORE z e', '-inf'],
    ['ZADD z INCR -inf d', '-ERR resulting score is not a number (NaN)'],
    ['ZREMRANGEBYSCORE z (1 2', 1],
    ['ZREMRANGEBYSCORE z x 2', '-ERR min or max is not a float'],
    ['ZREMRANGEBYSCORE z -inf +inf', 4],
    ['EXISTS z', 0],
    ['ZADD z 1000000000000 m', 1],
    ['ZSCORE z m', '1000000000000'],
  ],
  sets: [
    ['SADD s a b a', 2],
    ['SADD s b c', 1],
    ['SCARD s', 3],
    ['SISMEMBER s a', 1],
    ['SISMEMBER s x', 0],
    ['SREM s a x', 1],
    ['SMEMBERS none', []],
    ['SREM s b c', 2],
    ['EXISTS s', 0],
    ['SREM s a', 0],
    ['SET k v', '+OK'],
    ['SADD k a', WRONG_TYPE],
    ['SREM k a', WRONG_TYPE],
    ['SMEMBERS k', WRONG_TYPE],
  ],
  MULTI: [
    ['EXEC', '-ERR EXEC without MULTI'],
    ['DISCARD', '-ERR DISCARD without MULTI'],
    ['MULTI', '+OK'],
    ['MULTI', '-ERR MULTI calls can not be nested'],
    ['SET k v', '+QUEUED'],
    ['ZADD k 1 a', '+QUEUED'],
    ['GET k', '+QUEUED'],
    ['EXEC', ['+OK', WRONG_TYPE, 'v']],
    ['MULTI', '+OK'],
    ['SET k w', '+QUEUED'],
    ['GET', "-ERR wrong number of arguments for 'get' command"],
    ['EXEC', '-EXECABORT Transaction discarded because of previous errors.'],
    ['MULTI', '+OK'],
    ['NOSUCH', "-ERR unknown command 'NOSUCH', with args beginning with: "],
    ['DISCARD', '+OK'],
    ['MULTI', '+OK'],
    ['EXEC', []],
    ['GET k', 'v'],
  ],
  SCAN: [
    ['SCAN x', '-ERR invalid cursor'],
    ['SCAN 0 COUNT 0', SYNTAX],
    ['SCAN 0 COUNT x', NO_INTEGER],
    ['SCAN 0 NONSENSE', SYNTAX],
    ['SCAN 0 NONSENSE 1', SYNTAX],
    ['SCAN 0', ['0', []]],
    ['SET sess:1 a', '+OK'],
    ['SADD other x', 1],
    ['SCAN 0 MATCH sess:*', ['0', ['sess:1']]],
    ['SCAN 0 MATCH sess', ['0', []]],
    ['SCAN 0 TYPE set', ['0', ['other']]],
    ['SCAN 0 TYPE set MATCH s*', ['0', []]],
  ],
}

const words = (line: string) => line.split(' ').map((word) => (word === "''" ? '' : word))

describe.each(inject('redis'))('the commands of Redis on the $kind', ({ url }) => {
  let socket: RedisSocket
  beforeAll(async () => {
    socket = await openRedis(url)
    await socket.ask('SELECT', DATABASE)
  })
  beforeEach(async () => {
    await socket.ask('FLUSHDB')
  })
  afterAll(() => socket.close())

  test.each(Object.entries(TABLES))('%s', async (_, table) => {
    for (const [line, answer] of table) expect([line, await socket.ask(...words(line))]).toEqual([line, answer])
  })

  test('a key is gone once its time is over', async () => {
    await socket.ask('SET', 'k', 'v', 'PX', '40')
    expect(await socket.ask('PTTL', 'k')).toBeGreaterThan(0)
    await expect.poll(() => socket.ask('GET', 'k')).toBe(null)
    expect(await socket.ask('TTL', 'k')).toBe(-2)
  })

  test('a scan gives every key that stays, although others come and go meanwhile', async () => {
    const keys = Array.from({ length: 120 }, (_, index) => `stay:${index}`)
    for (const key of keys) await socket.ask('SET', key, '1')
    const found = new Set<Answer>()
    let cursor: Answer = '0'
    let round = 0
    do {
      const page = (await socket.ask('SCAN', String(cursor), 'MATCH', 'stay:*', 'COUNT', '7')) as [string, string[]]
      for (const key of page[1]) found.add(key)
      cursor = page[0]
      await socket.ask('SET', `come:${round}`, '1')
      await socket.ask('DEL', `come:${round - 1}`)
      round++
    } while (cursor !== '0' && round < 1_000)
    expect(found).toEqual(new Set(keys))
  })

  test.each([
    ['*', ['a', 'ab', 'a.b', 'a*b', 'a-b', 'A', '[x]', 'b\\c']],
    ['a?b', ['a.b', 'a*b', 'a-b']],
    ['a\\*b', ['a*b']],
    ['a[-.]b', ['a.b', 'a-b']],
    ['a[.-]b', ['ab']],
    ['a[*-.]b', ['a.b', 'a*b', 'a-b']],
    ['[^a]*', ['A', '[x]', 'b\\c']],
    ['[a-b]', ['a']],
    ['[b-a]', ['a']],
    ['\\[x\\]', ['[x]']],
    ['a.b', ['a.b']],
    ['b\\\\c', ['b\\c']],
    ['a**b', ['ab', 'a.b', 'a*b', 'a-b']],
    ['a[', []],
    ['', []],
  ])('the pattern %j matches what it says', async (pattern, expected) => {
    for (const key of ['a', 'ab', 'a.b', 'a*b', 'a-b', 'A', '[x]', 'b\\c']) await socket.ask('SET', key, '1')
    const [, found] = (await socket.ask('SCAN', '0', 'COUNT', '1000', 'MATCH', pattern)) as [string, string[]]
    expect(found.sort()).toEqual([...expected].sort())
  })
})

test('FLUSHALL empties every database of the stand-in, and INFO says that it is ready', async () => {
  const standin = await startRedisStandin({ port: 0, now: Date.now })
  const socket = await openRedis(standin.url)
  await socket.ask('SET', 'a', '1')
  await socket.ask('SELECT', '3')
  await socket.ask('SET', 'b', '1')
  expect(await socket.ask('INFO')).toMatch(/\r\nloading:0\r\n[\s\S]*\r\ndb0:keys=1\r\ndb3:keys=1\r\n$/)
  expect(await socket.ask('FLUSHALL')).toBe('+OK')
  expect(await socket.ask('DBSIZE')).toBe(0)
  await socket.ask('SELECT', '0')
  expect(await socket.ask('DBSIZE')).toBe(0)
  expect(await socket.ask('HELLO', '2')).toEqual(expect.arrayContaining(['proto', 2]))
  expect(await socket.ask('HELLO', '3')).toMatch(/^-NOPROTO/)
  socket.close()
  await standin.stop()
})
