import { schema } from '@pramaan/db'
import type { ContentSummary } from '@pramaan/shared'
import { expect, test } from 'vitest'
import { makeAdvisor, type TestAdvisor } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { createContent, listContent, submitContent } from './index.ts'

const world = await testWorld()

async function all(advisor: TestAdvisor, filter: Omit<Parameters<typeof listContent>[1], 'cursor'>) {
  const pages: ContentSummary[][] = []
  let cursor: string | null | undefined
  do {
    const page = await listContent(advisor.owner(), { ...filter, ...(cursor ? { cursor } : {}) })
    pages.push(page.items)
    cursor = page.nextCursor
  } while (cursor)
  return pages
}
const texts = (pages: ContentSummary[][]) => pages.flat().map((item) => item.excerpt)

async function advisorWith(contents: { content: string; topic?: string }[]) {
  const advisor = await makeAdvisor(world)
  const made: { contentId: string }[] = []
  for (const content of contents) made.push(await createContent(advisor.owner(), content))
  return { advisor, made }
}

test('pages hold every text once, newest first, also while new ones are written', async () => {
  const { advisor } = await advisorWith(Array.from({ length: 7 }, (_, n) => ({ content: `text ${n}` })))
  const first = await listContent(advisor.owner(), { limit: 3 })
  await createContent(advisor.owner(), { content: 'written meanwhile' })
  const second = await listContent(advisor.owner(), { limit: 3, cursor: first.nextCursor ?? '' })
  const third = await listContent(advisor.owner(), { limit: 3, cursor: second.nextCursor ?? '' })
  expect(texts([first.items, second.items, third.items])).toEqual([6, 5, 4, 3, 2, 1, 0].map((n) => `text ${n}`))
  expect(third.nextCursor).toBeNull()
})

test('a cursor of another filter or another advisor is refused', async () => {
  const { advisor } = await advisorWith([{ content: 'a' }, { content: 'b' }])
  const { advisor: other } = await advisorWith([{ content: 'c' }])
  const cursor = (await listContent(advisor.owner(), { limit: 1 })).nextCursor ?? ''
  await expect(listContent(other.owner(), { cursor })).rejects.toMatchObject({ code: 'invalid_cursor' })
  await expect(listContent(advisor.owner(), { cursor, status: 'draft' })).rejects.toMatchObject({
    code: 'invalid_cursor',
  })
})

test('status, topic and words narrow the list, alone and together', async () => {
  const { advisor, made } = await advisorWith([
    { content: 'Start a SIP today', topic: 'sip' },
    { content: 'Tax saving in March', topic: 'tax' },
    { content: 'sip for the tax year', topic: 'sip' },
  ])
  await submitContent(advisor.owner(), { id: made[0]?.contentId ?? '' })
  const found = async (filter: Parameters<typeof listContent>[1]) => texts(await all(advisor, filter))
  expect(await found({ status: 'checking' })).toEqual(['Start a SIP today'])
  expect(await found({ topic: 'sip' })).toEqual(['sip for the tax year', 'Start a SIP today'])
  expect(await found({ q: 'TAX' })).toEqual(['sip for the tax year', 'Tax saving in March'])
  expect(await found({ q: 'sip', status: 'draft', topic: 'sip' })).toEqual(['sip for the tax year'])
  expect(await found({ q: 'sip', status: 'rejected' })).toEqual([])
})

test('percent, underscore and backslash are looked for as they stand', async () => {
  const { advisor } = await advisorWith([{ content: '100% of it' }, { content: 'a_b' }, { content: 'c\\d' }])
  for (const [q, expected] of [
    ['%', '100% of it'],
    ['_', 'a_b'],
    ['\\', 'c\\d'],
  ] as const) {
    expect(texts(await all(advisor, { q }))).toEqual([expected])
  }
})

test('a search past its depth answers with a cursor and misses nothing', async () => {
  const advisor = await makeAdvisor(world)
  const { newId, now } = world.ctx()
  const ids = Array.from({ length: 5_200 }, newId).sort()
  const rows = ids.map((id, n) => ({
    advisorId: advisor.advisorId,
    id,
    status: 'draft' as const,
    versionId: newId(),
    versionNumber: 1,
    excerpt: n === 3 || n === 5_100 ? 'a needle' : 'hay',
    createdBy: advisor.ownerId,
    updatedAt: now(),
  }))
  for (let at = 0; at < rows.length; at += 1_300) {
    await world.db.read.insert(schema.contents).values(rows.slice(at, at + 1_300))
  }
  for (const filter of [{ q: 'needle' }, { q: 'needle', status: 'draft' as const }]) {
    const pages = await all(advisor, filter)
    expect(pages.map((page) => page.length)).toEqual([1, 1])
  }
})
