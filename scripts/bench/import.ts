import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { loadavg } from 'node:os'
import { loadKeys } from '@pramaan/core/platform/crypto'
import { CommonSettings, readSettings } from '@pramaan/core/platform/env'
import { createDb } from '@pramaan/db'
import { signEverybodyIn } from './operations.ts'
import { startOurs } from './programs.ts'
import { type Person, seed } from './seed.ts'
import { type BenchWorld, startWorld } from './world.ts'

/**
 * `node scripts/bench/import.ts`: what lists of recipients cost the API in memory and time, from 1,000 lines to 100,000,
 * each for a firm of its own. Every hundredth line is wrong. What counts is that memory does not grow with the list.
 */
const SIZES = [1_000, 10_000, 50_000, 100_000, 100_000]
const TITLES = 'phone,name,segments,consentSource,consentWording,consentGivenAt\r\n'

const say = (text: string) => process.stdout.write(`${text}\n`)

/** Resident memory of a process in MB, from /proc: `VmRSS` now, `VmHWM` at its highest. */
function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1]) / 1_024
}

/** The keys under which the people of these firms are kept. */
async function makeKeys(world: BenchWorld, people: Person[]): Promise<void> {
  const settings = readSettings(CommonSettings, world.env, [])
  const db = createDb({ url: world.adminUrl })
  const keys = await loadKeys(db, { keyring: settings.KEYRING, signingKey: settings.AUDIT_SIGNING_KEY.current })
  await db.transaction((tx) => Promise.all(people.map(({ advisorId }) => keys.createDataKey(tx, advisorId))))
  await db.close()
}

function listOf(lines: number): Buffer {
  const line = (n: number) =>
    n % 100 === 99
      ? '12,Nobody,,form,Send me news,2026-11-20\r\n'
      : `+9198${10_000_000 + n},"Asha Verma, ${n}",retired;mumbai,form on paper,I agree to receive messages on WhatsApp,2026-11-20\r\n`
  return Buffer.from(TITLES + Array.from({ length: lines }, (_, n) => line(n)).join(''))
}

function post(port: number, token: string, body: Buffer): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'text/csv', 'content-length': body.length, authorization: `Bearer ${token}` }
    const options = { port, host: '127.0.0.1', method: 'POST', path: '/api/recipients/import', headers }
    const sent = request(options, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
    })
    sent.on('error', reject).end(body)
  })
}

const world = await startWorld({ folder: null, keep: false })
const stops: (() => unknown)[] = [world.stop]
try {
  const seeded = await seed(world.adminUrl, world.env, 10_000, () => undefined)
  const access = await signEverybodyIn(seeded.people, world.env)
  stops.unshift(() => access.close())
  const api = await startOurs(world.env, null)
  stops.unshift(api.stop)
  const firms = seeded.people.slice(0, SIZES.length)
  await makeKeys(world, firms)
  const people = await access.tokens(firms)
  for (const [index, lines] of SIZES.entries()) {
    const body = listOf(lines)
    const before = memoryOf(api.pid, 'VmRSS')
    const began = performance.now()
    const { status, text } = await post(api.port, people[index]?.accessToken ?? '', body)
    if (status !== 200) throw new Error(`${status}: ${text.slice(0, 300)}`)
    const seconds = (performance.now() - began) / 1_000
    const { added, refused } = JSON.parse(text) as { added: number; refused: number }
    say(
      `${lines} lines, ${(body.length / 1_048_576).toFixed(1)} MB: ${added} added, ${refused} refused in ${seconds.toFixed(1)} s (${(lines / seconds).toFixed(0)} lines/s); memory of the API ${before.toFixed(0)} MB before, ${memoryOf(api.pid, 'VmRSS').toFixed(0)} MB after, ${memoryOf(api.pid, 'VmHWM').toFixed(0)} MB at its highest; load ${(loadavg()[0] ?? 0).toFixed(1)}`,
    )
  }
} finally {
  for (const stop of stops) await stop()
}
process.exit()
