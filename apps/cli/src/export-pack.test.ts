import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makePack, sealLog, verifierKey } from '@pramaan/core/audit'
import { createContent } from '@pramaan/core/content'
import { freshKeys, testWorld } from '@pramaan/core/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { makeAdvisor } from '../../../packages/core/testing/factories.ts'
import { runPramaan } from '../testing/run-pramaan.ts'

const material = freshKeys()
const world = await testWorld({ keys: material })
const folder = mkdtempSync(join(tmpdir(), 'pramaan-export-pack-'))
const trusted = join(folder, 'keys')
const DAY_MS = 86_400_000
const day = (ahead: number) => new Date(Date.now() + ahead * DAY_MS).toISOString().slice(0, 10)
const asked = (advisorId: string) => ['--advisor', advisorId, '--for', 'An inspector', '--reason', 'Yearly inspection']
const period = ['--from', day(-30), '--until', day(30)]
const NOBODY = '01900000-0000-7000-8000-000000000000'

beforeAll(() => {
  // What a worker reads; the command reads it the same way.
  vi.stubEnv('DATABASE_URL', world.url)
  vi.stubEnv('KEYRING', material.keyring.map(({ id, secret }) => `${id}:${secret.toString('base64')}`).join(','))
  vi.stubEnv('AUDIT_SIGNING_KEY', Buffer.from(material.signingKey as Buffer).toString('base64'))
  vi.stubEnv('AUDIT_ORIGIN', 'pramaan.test/audit')
  writeFileSync(trusted, world.keys.publicKeys.map((key) => verifierKey('pramaan.test/audit', key)).join('\n'))
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const pramaan = (...args: string[]) => runPramaan(args, { elapsed: () => performance.now() })

/** Packs that were asked for, also in vain. */
const packs = async () => (await world.db.pool.query('select id from audit_packs')).rows.length

test('a pack that was asked for in a terminal is made by the worker, fetched whole, and holds before the offline verifier', async () => {
  const { advisorId, owner } = await makeAdvisor(world, { displayName: 'Verma Advisory' })
  await createContent(owner(), { content: 'A text.', submit: false })
  const file = join(folder, 'pack.zip')
  const running = pramaan('export-pack', file, ...asked(advisorId), ...period)
  await vi.waitFor(async () => expect(await packs()).toBe(1), { timeout: 20_000, interval: 50 })
  await sealLog(world.ctx())
  await world.drainJobs({ 'audit.make-pack': makePack })
  const { status, stderr, stdout } = await running
  expect([status, stdout]).toEqual([0, expect.stringMatching(/pack\.zip: pack [\da-f-]{36}, \d+ bytes\n$/)])
  expect(stderr).toMatch(/^pack [\da-f-]{36}; it can be fetched with --pack/)
  expect(existsSync(`${file}.unfinished`)).toBe(false)
  const verified = await pramaan('verify', file, '--keys', trusted, '--json')
  expect(verified.status).toBe(0)
  expect(JSON.parse(verified.stdout)).toMatchObject({
    outcome: 'ok',
    about: { displayName: 'Verma Advisory', recipient: 'An inspector' },
  })

  const packId = /pack ([\da-f-]{36})/.exec(stdout)?.[1] ?? ''
  const again = join(folder, 'again.zip')
  expect((await pramaan('export-pack', again, '--advisor', advisorId, '--pack', packId)).status).toBe(0)
  expect((await readFile(again)).equals(await readFile(file))).toBe(true)
})

test('what is wrong is said with what to do, before anything is asked for', async () => {
  const { advisorId } = await makeAdvisor(world)
  const before = await packs()
  const there = join(folder, 'there')
  mkdirSync(there)
  const written = join(folder, 'written.zip')
  writeFileSync(written, 'precious')
  const file = join(folder, 'refused.zip')
  const from = (value: string) => ['--from', value, '--until', day(30)]
  const refusals: [args: string[], status: number, says: string][] = [
    [[file, ...asked(NOBODY), ...period], 1, `there is no advisor ${NOBODY}: GET /api/admin/advisors lists`],
    [[file, ...asked('Verma'), ...period], 2, 'Use the id of the advisor, a UUID.'],
    [[there, ...asked(advisorId), ...period], 1, `${there} is there already: name a file that is not`],
    [[written, ...asked(advisorId), ...period], 1, `${written} is there already: name a file that is not`],
    [[join(folder, 'none', 'p.zip'), ...asked(advisorId), ...period], 1, 'make the folder first'],
    [[file, ...asked(advisorId), ...from('April')], 2, 'Use a day such as 2026-04-01'],
    [[file, ...asked(advisorId), ...from('2026-02-30')], 2, 'Use a day such as 2026-04-01'],
    [[file, ...asked(advisorId), ...from(day(31))], 1, 'give --until a later day than --from'],
    [[file, '--advisor', advisorId], 1, 'give --from, --until, --for and --reason, or --pack'],
    [[file, '--advisor', advisorId, '--pack', NOBODY], 1, 'There is no such pack.'],
  ]
  for (const [args, status, says] of refusals)
    expect(await pramaan('export-pack', ...args), says).toMatchObject({ status, stderr: expect.stringContaining(says) })
  expect([await packs(), await readFile(written, 'utf8'), existsSync(file)]).toEqual([before, 'precious', false])
})
