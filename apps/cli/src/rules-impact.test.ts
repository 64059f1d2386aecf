import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { getImpact, previewRules, requestImpact, runStage } from '@pramaan/core/compliance'
import { createContent } from '@pramaan/core/content'
import { AppError } from '@pramaan/core/platform/errors'
import { testWorld } from '@pramaan/core/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAdvisor, makeStaff } from '../../../packages/core/testing/factories.ts'
import { runPramaan } from '../testing/run-pramaan.ts'

const world = await testWorld()
const admin = makeStaff(world, 'admin')

const HABIT = 'A monthly SIP builds the habit of saving. Mutual fund returns are not guaranteed.'
const OTHER = 'Please update your nominee before the year ends. Forms are at our office.'

/** The two routes that the command calls, over the use cases themselves; the worker has always run in between. */
const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
  const answer = (status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  }
  try {
    if (request.headers.authorization !== 'Bearer token-of-an-admin') return answer(401, { detail: 'Sign in first.' })
    if (request.method === 'POST') return answer(201, await requestImpact(admin, JSON.parse(await text(request))))
    await world.drainJobs({ 'compliance.preview-rules': previewRules })
    const cursor = searchParams.get('cursor') ?? undefined
    answer(200, await getImpact(admin, { id: pathname.split('/').at(-1) ?? '', limit: 1, cursor }))
  } catch (error) {
    answer(400, { detail: error instanceof AppError ? error.publicMessage : 'wrong' })
  }
})

const contents: string[] = []
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const advisor = await makeAdvisor(world, { autoApproveClean: true })
  for (const content of [HABIT, `${HABIT} Ask us.`, OTHER]) {
    contents.push((await createContent(advisor.owner(), { content, submit: true })).contentId)
  }
  await world.drainJobs({ 'compliance.run-stage': runStage })
})
afterAll(() => void server.close())

/** `pramaan rules impact` with a candidate in a file, or on standard input. */
function impact(candidate: string, { from = 'file', token = 'token-of-an-admin', args = [] as string[] } = {}) {
  const { port } = server.address() as AddressInfo
  const pack = from === 'file' ? 'candidate.json' : '-'
  const at = ['--token-file', 'token', '--url', `http://127.0.0.1:${port}`]
  return runPramaan(['rules', 'impact', pack, ...at, ...args], {
    readInput: async () => candidate,
    readFile: async (path) => (path === 'token' ? token : candidate),
    now: () => world.clock.now(),
  })
}

const RULE = {
  id: 'CLM-HABIT',
  title: 'No habits',
  family: 'guarantee',
  licences: ['MFD'],
  products: ['any'],
  severity: 'block',
  kind: 'prohibited',
  status: 'active',
  stage: 1,
  effectiveFrom: '2020-01-01',
  effectiveTo: null,
  instrument: 'A test',
  clause: '1',
  confidence: 'high',
  url: 'https://example.test',
  description: 'No habits.',
  message: 'No habits.',
  messageHi: 'No habits.',
  advice: 'Leave it out.',
  refuses: true,
  patterns: { en: ['habit'] },
  doubtful: {},
  except: [],
  detectors: [],
  quietIn: [],
  examples: { mode: 'phrase', fire: { en: ['habit'] }, quiet: [] },
}

test.each(['file', 'standard input'])(
  'ends 1 and names every text that candidate rules turn, page after page, from a %s',
  async (from) => {
    const { status, stdout } = await impact(JSON.stringify({ version: `cli ${from}`, rules: [RULE] }), { from })
    expect(status).toBe(1)
    for (const id of contents.slice(0, 2)) {
      expect(stdout).toContain(`stricter ${id} (approved): clean -> changes_required +CLM-HABIT`)
    }
    expect(stdout).not.toContain(contents[2])
    expect(stdout).toMatch(/3 texts judged, 2 stricter, 0 looser\. Report [0-9a-f-]{36}, digest [0-9a-f]{64}\n$/)
  },
)

test('prints report and flips as JSON for a program', async () => {
  const candidate = JSON.stringify({ version: 'cli json', rules: [RULE] })
  const { status, stdout } = await impact(candidate, { args: ['--json'] })
  const { flips, impact: report } = JSON.parse(stdout)
  expect([status, report.state, report.judged]).toEqual([1, 'done', 3])
  expect(flips.map(({ contentId }: { contentId: string }) => contentId).sort()).toEqual(contents.slice(0, 2).sort())
})

test('ends 0 when nothing turns', async () => {
  const { status, stdout } = await impact(JSON.stringify({ version: 'cli same' }))
  expect([status, stdout]).toEqual([0, expect.stringContaining('3 texts judged, 0 stricter, 0 looser.')])
})

test('ends 1 and says why when there is no report', async () => {
  const broken = { ...RULE, patterns: { en: ['optional?'] } }
  const failures: [ReturnType<typeof impact>, string][] = [
    [impact(JSON.stringify({ version: 'cli broken', rules: [broken] })), 'do not compile'],
    [impact('{"version": '), 'error: '],
    [impact('{}'), 'version'],
    [impact('{"version":"x"}', { token: 'of somebody else' }), 'Sign in first.'],
  ]
  for (const [run, why] of failures) {
    const { status, stderr, stdout } = await run
    expect([status, stdout, stderr]).toEqual([1, '', expect.stringContaining(why)])
  }
})
