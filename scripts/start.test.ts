import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { capturedFile } from '@pramaan/core/testing'
import { afterAll, expect, test, vi } from 'vitest'

const ROOT = new URL('..', import.meta.url).pathname
const BOOT_LIMIT_MS = 90_000
const LOGIN = { email: 'owner@demo.pramaan.test', password: 'demo-Pramaan-2026' }

interface Installation {
  process: ChildProcess
  url: string
  output: string[]
}

const folders: string[] = []
const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
})

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pramaan-start-'))
  folders.push(folder)
  return folder
}

function run(program: string[], dataFolder: string, settings: Record<string, string> = {}): Installation {
  const { NODE_ENV, DATABASE_URL, REDIS_URL, PUBLIC_URL, ...inherited } = process.env
  const child = spawn(process.execPath, program, {
    cwd: ROOT,
    env: { ...inherited, PORT: '0', DATA_DIR: dataFolder, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output.push(line)
      // What is no JSON is meant for a person at a terminal, the demo logins among it.
      if (line.startsWith('{')) appendFileSync(capturedFile('start'), `${line}\n`)
    })
  }
  return { process: child, url: '', output }
}

const START = ['scripts/start.ts']
const NPM_START = ['scripts/run.mjs', 'start']

async function start(...given: Parameters<typeof run>): Promise<Installation> {
  const installation = run(...given)
  await vi.waitFor(
    () => {
      const { exitCode, signalCode } = installation.process
      if (exitCode !== null || signalCode !== null) throw new Error(installation.output.join('\n'))
      expect(installation.output.some((line) => line.startsWith('ready '))).toBe(true)
    },
    { timeout: BOOT_LIMIT_MS, interval: 50 },
  )
  const ready = installation.output.filter((line) => line.startsWith('ready '))
  expect(ready).toEqual([expect.stringMatching(/^ready http:\/\/127\.0\.0\.1:\d+$/)])
  return { ...installation, url: ready[0]?.slice('ready '.length) ?? '' }
}

/** Every process under this one, from /proc: number, parent and state. */
function family(pid: number): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: Number(stat(Number(name))[1]) }))
  const below = (parent: number): number[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one.pid, ...below(one.pid)])
  return [pid, ...below(pid)]
}

/** State, parent and so on; the name before them may hold spaces. */
function stat(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

/** A zombie has ended; whoever adopted it has not looked yet. */
const lives = (pid: number) => !['Z', undefined].includes(stat(pid)[0])

const allEnd = (pids: number[]) => expect.poll(() => pids.filter(lives), { timeout: 15_000, interval: 50 }).toEqual([])

const post = async (url: string, body: unknown, token?: string) => {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
  expect(answer.ok, `${url} ${answer.status}`).toBe(true)
  return (await answer.json()) as Record<string, string>
}

test.runIf(existsSync('/proc/self/stat'))(
  'installations run side by side, leave nothing running however they end, and go on with their data',
  { timeout: 4 * BOOT_LIMIT_MS },
  async () => {
    const [here, there] = [emptyFolder(), emptyFolder()]
    const [first, second] = await Promise.all([
      start(START, here, { EMBEDDED_REDIS: 'standin' }),
      start(NPM_START, there),
    ])
    expect(first.output.join('\n')).toContain('the built-in stand-in')
    expect(first.url).not.toBe(second.url)
    const { accessToken } = await post(`${first.url}/api/auth/login`, LOGIN)
    const written = await post(`${first.url}/api/content`, { content: 'SIP is a habit.', submit: false }, accessToken)

    const third = run(START, here)
    await expect.poll(() => third.process.exitCode, { timeout: 30_000 }).toBe(1)
    expect(third.output.join('\n')).toContain(`${here} is in use by process ${first.process.pid}`)

    const firstFamily = family(first.process.pid ?? 0)
    const secondFamily = family(second.process.pid ?? 0)
    expect(firstFamily.length).toBeGreaterThan(6)
    first.process.kill('SIGKILL')
    second.process.kill('SIGKILL')
    const again = await start(START, here, { PORT: new URL(first.url).port })
    await allEnd([...firstFamily, ...secondFamily])

    const login = await post(`${again.url}/api/auth/login`, LOGIN)
    const kept = await fetch(`${again.url}/api/content/${written.contentId}`, {
      headers: { authorization: `Bearer ${login.accessToken}` },
    })
    expect(await kept.json()).toMatchObject({ content: 'SIP is a habit.', status: 'draft' })

    const lastFamily = family(again.process.pid ?? 0)
    again.process.kill('SIGTERM')
    await expect.poll(() => again.process.exitCode, { timeout: 20_000 }).toBe(0)
    await allEnd(lastFamily)
    expect(readdirSync(here).filter((name) => name.includes('lock'))).toEqual([])
  },
)
