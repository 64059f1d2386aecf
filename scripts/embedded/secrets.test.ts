import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommonSettings } from '@pramaan/core/platform/env'
import { afterAll, expect, test } from 'vitest'
import { readSecrets } from './secrets.ts'

const root = mkdtempSync(join(tmpdir(), 'pramaan-secrets-'))
afterAll(() => rmSync(root, { recursive: true }))
const emptyFolder = () => mkdtempSync(join(root, 'data-'))

test('secrets are made once, for the eyes of their owner', () => {
  const folder = emptyFolder()
  const made = readSecrets(folder)
  expect(readSecrets(folder)).toEqual(made)
  expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600)
  expect(readSecrets(emptyFolder()).settings.KEYRING).not.toBe(made.settings.KEYRING)
})

test('the apps take them as they are', () => {
  const { settings } = readSecrets(emptyFolder())
  const parsed = CommonSettings.partial().safeParse(settings)
  expect(parsed.error?.issues).toBeUndefined()
})

test('new secrets are never made for old data', () => {
  const folder = emptyFolder()
  mkdirSync(join(folder, 'postgres'))
  expect(() => readSecrets(folder)).toThrow(/secrets\.json is gone/)
})
