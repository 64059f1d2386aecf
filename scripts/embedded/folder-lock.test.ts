import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@pramaan/core/platform/free-port'
import { afterAll, expect, test } from 'vitest'
import { lockFolder } from './folder-lock.ts'

const root = mkdtempSync(join(tmpdir(), 'pramaan-lock-'))
afterAll(() => rmSync(root, { recursive: true }))
const emptyFolder = () => mkdtempSync(join(root, 'data-'))

test('a folder has one holder at a time, and the second is told who that is', async () => {
  const folder = emptyFolder()
  const lock = await lockFolder(folder)
  expect(lock.leftBehind).toBe(false)
  await expect(lockFolder(folder)).rejects.toThrow(`${folder} is in use by process ${process.pid}`)
  lock.release()
  expect(readdirSync(folder)).toEqual([])
  const next = await lockFolder(folder)
  expect(next.leftBehind).toBe(false)
  next.release()
})

test('of many who ask at once, one gets it', async () => {
  const folder = emptyFolder()
  const asked = await Promise.allSettled(Array.from({ length: 12 }, () => lockFolder(folder)))
  const got = asked.filter((outcome) => outcome.status === 'fulfilled')
  expect(got).toHaveLength(1)
  got[0]?.value.release()
})

test('the lock of a holder that was killed is taken over, also when its process number lives on', async () => {
  const folder = emptyFolder()
  const dead = { pid: process.ppid, port: await freePort(), token: 'of the dead' }
  writeFileSync(join(folder, 'start.lock'), JSON.stringify(dead))
  const lock = await lockFolder(folder)
  expect(lock.leftBehind).toBe(true)
  lock.release()
  expect(readdirSync(folder)).toEqual([])
})

test('a lock that was written by half is taken over', async () => {
  const folder = emptyFolder()
  writeFileSync(join(folder, 'start.lock'), '{"pid":')
  const lock = await lockFolder(folder)
  expect(lock.leftBehind).toBe(true)
  lock.release()
})
