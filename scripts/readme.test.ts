import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Instance, startInstance } from './demo/instance.ts'
import { settingsProblems } from './settings-table.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const README = readFileSync(`${ROOT}/README.md`, 'utf8')
const START_LIMIT_MS = 120_000

/** The blocks of the tour, in order: ```bash tour. */
const tour = [...README.matchAll(/^```bash tour\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '').join('\n')

/** What the comments in the tour say that a reader will see, in order. */
const announced = [...tour.matchAll(/^# prints: (.+)$/gm)].map((match) => match[1] ?? '')

/** Runs a script as a newcomer would who pastes it into bash, and stops at the first command that fails. */
function paste(script: string, env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number | null; output: string }>()
  const bash = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd: ROOT,
    env: { ...process.env, ...env },
  })
  let output = ''
  for (const stream of [bash.stdout, bash.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  bash.on('close', (code) => resolve({ code, output }))
  return promise
}

describe('on an installation that has just started', () => {
  let instance: Instance
  beforeAll(async () => {
    instance = await startInstance()
  }, START_LIMIT_MS)
  afterAll(() => instance.stop(), START_LIMIT_MS)

  it(
    'the tour in the README runs from its first line to its last, and prints what it announces, in that order',
    async () => {
      const { code, output } = await paste(tour, { PORT: new URL(instance.url).port })
      expect(code, output).toBe(0)
      let rest = output
      for (const words of announced) {
        expect(rest).toContain(words)
        rest = rest.slice(rest.indexOf(words) + words.length)
      }
      expect(announced.length).toBeGreaterThan(5)
    },
    START_LIMIT_MS,
  )

  it(
    '`npm run demo` plays the main job to its end',
    async () => {
      const { code, output } = await paste('"$NODE" scripts/demo.ts --url "$URL"', {
        NODE: process.execPath,
        URL: instance.url,
      })
      expect(code, output).toBe(0)
      expect(output).toContain('The demo ended as promised.')
    },
    START_LIMIT_MS,
  )
})

describe('the table of settings', () => {
  it('says what the programs do', () => {
    expect(settingsProblems(README, ROOT)).toEqual([])
  })

  it('is checked: a wrong default, a wrong word about production, a missing and an unknown name are found', () => {
    const wrong = README.replace('| `PORT` | `8787` |', '| `PORT` | `8788` |')
      .replace(/^(\| `KEYRING` \|[^|]*\|) needed \|/m, '$1 |')
      .replace(/^\| `COMPRESSION` .*\n/m, '')
      .replace('| `LOG_LEVEL` |', '| `LOG_LEVELS` |')
    expect(settingsProblems(wrong, ROOT)).toEqual([
      'README.md: the default of PORT is `8787`',
      'README.md: no program reads LOG_LEVELS',
      'README.md: in production KEYRING is "needed", not ""',
      'README.md: the setting LOG_LEVEL is missing',
      'README.md: the setting COMPRESSION is missing',
    ])
  })
})
