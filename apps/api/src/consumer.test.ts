import { fileURLToPath } from 'node:url'
import { codeOf, connect, writeAndRead } from '@pramaan/trpc/consumer'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { testApi } from '../testing/index.ts'

const api = await testApi()

test('a caller that holds only the type of the router writes and reads through it', async () => {
  const asha = await api.signUp()
  const { created, content, list } = await writeAndRead(connect(api.url, asha.accessToken), 'SIP is a habit.')
  expect(content).toMatchObject({ contentId: created.contentId, content: 'SIP is a habit.', status: 'draft' })
  expect(list.items.map(({ contentId }) => contentId)).toEqual([created.contentId])
})

test('a refusal reaches it with our code', async () => {
  const stranger = connect(api.url)
  const refused = await stranger.content.list.query({}).catch((error: unknown) => codeOf(error))
  expect(refused).toBe('unauthenticated')
})

test('its bundle holds no line of the server', async () => {
  const entry = fileURLToPath(import.meta.resolve('@pramaan/trpc/consumer'))
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
  })
  const modules = Object.keys(metafile.inputs)
  expect(modules.some((path) => path.includes('packages/shared/src/'))).toBe(true)
  const server =
    /drizzle|\/pg[/@-]|hono|ioredis|pg-boss|@trpc\/server\/dist\/adapters|packages\/(core|db)\/|packages\/trpc\/src|apps\//
  expect(modules.filter((path) => server.test(path))).toEqual([])
})
