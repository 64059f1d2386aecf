import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openNote, readCheckpoint, readVerifierKey } from '@pramaan/verifier'
import { afterAll, beforeEach, expect, inject, test } from 'vitest'
import { makeAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createMailClient } from '../clients/mail/index.ts'
import { createContent } from '../content/index.ts'
import type { Ctx } from '../platform/context.ts'
import { exportCheckpoint, exportStatus } from './export-checkpoint.ts'
import { sealLog } from './index.ts'
import { verifierKey } from './rules/signed-note.ts'

const { smtp, mailDir } = inject('emulators')
const mail = createMailClient({ url: smtp, from: 'Pramaan <no-reply@pramaan.test>' })
const world = await testWorld({ clients: { mail } })
const { auditOrigin: origin } = world.ctx().settings
const keys = world.keys.publicKeys.map((key) => readVerifierKey(verifierKey(origin, key)))
const sizeIn = (note: string) => Number(readCheckpoint(openNote(note, keys).text).size)
const HOUR_MS = 3_600_000

/** What a place that takes a POST got, and how it answers. */
const received: string[] = []
let status = 200
const place = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    received.push(body)
    response.writeHead(status).end()
  })
})
await new Promise<void>((resolve) => place.listen(0, '127.0.0.1', resolve))
const folder = mkdtempSync(join(tmpdir(), 'pramaan-checkpoints-'))
afterAll(() => {
  place.close()
  mail.close()
  rmSync(folder, { recursive: true })
})

const exports = {
  folder: join(folder, 'kept'),
  mail: [`auditor-${crypto.randomUUID()}@example.test`],
  url: `http://127.0.0.1:${(place.address() as AddressInfo).port}/checkpoints`,
}
const ctx = (
  auditExports: typeof exports | { folder: string | null; mail: string[]; url: string | null } = exports,
): Ctx => ({
  ...world.ctx(),
  settings: { ...world.ctx().settings, auditExports },
})

beforeEach(async () => {
  const { owner } = await makeAdvisor(world)
  await createContent(owner(), { content: 'A text.', submit: false })
  await sealLog(world.ctx())
  received.length = 0
  status = 200
})

const mailed = () => readdirSync(mailDir).filter((name) => name.includes(exports.mail[0] ?? '-'))
const newest = async () =>
  Number((await world.db.pool.query<{ size: string }>('select max(size) as size from audit_checkpoints')).rows[0]?.size)

test('the newest checkpoint leaves as a file, as a mail and by HTTP, each of which proves itself, and once', async () => {
  const before = mailed().length
  await exportCheckpoint(ctx())
  await exportCheckpoint(ctx())
  const size = await newest()
  expect(sizeIn(readFileSync(join(exports.folder, `checkpoint-${size}.txt`), 'utf8'))).toBe(size)
  expect(received.map(sizeIn)).toEqual([size])
  expect(mailed().length).toBe(before + 1)
  const source = readFileSync(join(mailDir, mailed().at(-1) ?? ''), 'utf8')
  expect(source).toContain(`Checkpoint of ${origin} over ${size} entries`)
  expect(await exportStatus(world.product, exports, world.clock.now())).toEqual(
    ['file', 'mail', 'http'].map((target) => ({ target, size, ageMs: 0, late: false })),
  )
})

test('a place that fails is named loudly and tried again, and keeps no other from getting its own', async () => {
  status = 503
  await expect(exportCheckpoint(ctx())).rejects.toThrow(/did not reach: http$/)
  const size = await newest()
  expect(readdirSync(exports.folder)).toContain(`checkpoint-${size}.txt`)
  const [file, , http] = await exportStatus(world.product, exports, world.clock.now())
  expect([file?.size, http?.size]).toEqual([size, expect.not.closeTo(size, 0)])
  status = 204
  await exportCheckpoint(ctx())
  expect(received.map(sizeIn)).toEqual([size, size])
})

test('a file of the same size with another history is an alarm and is left as it is', async () => {
  await exportCheckpoint(ctx())
  const path = join(exports.folder, `checkpoint-${await newest()}.txt`)
  const forged = readFileSync(path, 'utf8').replace(/\n[A-Za-z0-9+/]{43}=\n/, `\n${'A'.repeat(43)}=\n`)
  writeFileSync(path, forged)
  await world.db.pool.query(`delete from audit_exports where target = 'file'`)
  await expect(exportCheckpoint(ctx())).rejects.toThrow(/did not reach: file$/)
  expect(readFileSync(path, 'utf8')).toBe(forged)
})

test('a place is late that never got anything, or that was up to date three hours ago', async () => {
  const other = { folder: null, mail: [], url: exports.url }
  await exportCheckpoint(ctx(other))
  const at = (ms: number) => exportStatus(world.product, other, new Date(world.clock.now().getTime() + ms))
  expect(await at(3 * HOUR_MS)).toMatchObject([{ target: 'http', late: false }])
  expect(await at(3 * HOUR_MS + 1)).toMatchObject([{ target: 'http', late: true }])
  await world.db.pool.query('delete from audit_exports')
  expect(await at(0)).toMatchObject([{ target: 'http', size: 0, ageMs: null, late: true }])
  expect(await exportStatus(world.product, { folder: null, mail: [], url: null }, world.clock.now())).toEqual([])
})
