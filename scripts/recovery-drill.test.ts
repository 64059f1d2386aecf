import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { restore } from '../apps/cli/src/restore.ts'
import { type Drill, drill } from './recovery-drill.ts'

const LIMIT_MS = 240_000
const said: string[] = []
let done: Drill
beforeAll(async () => {
  done = await drill((line) => said.push(line))
}, LIMIT_MS)

const spare = mkdtempSync(join(tmpdir(), 'pramaan-restore-'))
// PostgreSQL does not run as root, and has to pass through.
chmodSync(spare, 0o755)
afterAll(() => {
  rmSync(spare, { recursive: true, force: true })
  rmSync(done.folder, { recursive: true, force: true })
})

let count = 0
/** Another restore from the same backup, into a folder of its own. */
function again(changes: Partial<Parameters<typeof restore>[0]> = {}) {
  const dataDir = join(spare, `restored-${count++}`)
  const options = { to: done.moment, from: done.backupDir, dataDir, secrets: done.secrets, ...changes }
  const silent = { write: () => undefined, writeError: () => undefined, now: () => new Date(), elapsed: () => 0 }
  const nothing = { readInput: async () => '', readFile: async () => '', databaseUrl: undefined }
  return restore(options, { ...silent, ...nothing })
}

const base = () => {
  const folder = join(done.backupDir, 'base')
  return join(folder, readdirSync(folder)[0] ?? '')
}

test('while writers write, a moment comes back whole: every write acknowledged before it and none begun after it', () => {
  expect(done.acknowledged).toBeGreaterThan(50)
  expect(done.recovered).toBe(done.acknowledged)
  expect(done.tooLate).toBe(0)
})

test('who was erased after the moment is erased again before anybody can connect', () => {
  expect(done.erasedState).toBe('erased')
  expect(said.join('\n')).toContain('erasures: 1 in the ledger, 1 carried out again')
})

test('the audit log that came back was recomputed: what was sealed holds', () => {
  expect(said.join('\n')).toMatch(/audit log: (ok|stale): [1-9]\d* entries/)
})

test('the drill says what would have been lost and how long the recovery took', () => {
  expect(said.at(-1)).toMatch(/^RPO \d+\.\d s .*, RTO \d+\.\d s /)
})

test('a backup in which one byte is another is refused by the name of the file', async () => {
  const file = join(base(), 'global/pg_control')
  const whole = readFileSync(file)
  const flipped = Buffer.from(whole)
  flipped[100] = (flipped[100] ?? 0) ^ 1
  writeFileSync(file, flipped)
  await expect(again()).rejects.toThrow('global/pg_control was changed')
  writeFileSync(file, whole)
  renameSync(join(base(), 'backup_label'), join(spare, 'backup_label'))
  await expect(again()).rejects.toThrow('backup_label is missing')
  renameSync(join(spare, 'backup_label'), join(base(), 'backup_label'))
})

test('a gap in the archived log is refused before anything is copied', async () => {
  const wal = join(done.backupDir, 'wal')
  const segments = readdirSync(wal).filter((name) => /^[0-9A-F]{24}$/.test(name))
  const lost = segments.sort().at(-2) ?? ''
  renameSync(join(wal, lost), join(spare, lost))
  await expect(again()).rejects.toThrow('has a gap')
  renameSync(join(spare, lost), join(wal, lost))
})

test('missing keys and a missing ledger are refused: neither the data nor the erasures could be made good', async () => {
  await expect(again({ secrets: join(spare, 'nothing.json') })).rejects.toThrow('no backup holds them')
  await expect(again({ ledger: join(spare, 'nothing.ndjson') })).rejects.toThrow('who were erased would come back')
})

test('a moment before the first backup, or into a folder with a cluster, is refused', async () => {
  await expect(again({ to: new Date('2020-01-01T00:00:00Z') })).rejects.toThrow('no backup')
  await expect(again({ dataDir: join(done.folder, 'after') })).rejects.toThrow('is there already')
})

test(
  'a moment that the archived log does not reach is never taken for recovered',
  async () => {
    await expect(again({ to: new Date(Date.now() + 3_600_000) })).rejects.toThrow('recovery ended before configured')
  },
  LIMIT_MS,
)

test(
  'another key in the place of the lost one opens nothing, and the restore says which is lacking',
  async () => {
    const secrets = JSON.parse(readFileSync(done.secrets, 'utf8'))
    secrets.settings.KEYRING = `k9:${Buffer.alloc(32, 7).toString('base64')}`
    const file = join(spare, 'other.json')
    writeFileSync(file, JSON.stringify(secrets))
    await expect(again({ secrets: file })).rejects.toThrow('KEYRING lacks the key k1')
    expect(existsSync(join(spare, `restored-${count - 1}`, 'secrets.json'))).toBe(false)
  },
  LIMIT_MS,
)
