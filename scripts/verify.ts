import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LIMIT_MS = 180_000

/** What must hold before a test is run; no service is needed for any of it. Those that take longest come first. */
const STEPS: { name: string; command: string[] }[] = [
  // One program for the whole workspace: package by package, what lies to the left is checked again each time.
  { name: 'types', command: ['turbo', 'run', 'typecheck', '--filter=//', '--ui=stream', '--output-logs=errors-only'] },
  { name: 'openapi is up to date', command: ['node', 'scripts/openapi.ts', '--check'] },
  { name: 'boundaries', command: ['node', 'scripts/boundaries.ts'] },
  { name: 'migrations match the schema', command: ['node', 'scripts/check-migrations.ts'] },
  { name: 'dead code', command: ['knip', '--no-progress'] },
  { name: 'format and lint', command: ['biome', 'ci', '--colors=off', '--error-on-warnings', '--max-diagnostics=50'] },
  { name: 'papers match the code', command: ['node', 'scripts/check-docs.ts'] },
  {
    name: 'quality of the rules is as its tables say',
    command: ['node', 'packages/core/testing/rules/quality.ts', '--check'],
  },
  {
    name: 'the churn model is as its tables say',
    command: ['node', 'packages/core/testing/churn/back-test.ts', '--check'],
  },
  {
    name: 'finding of rewrites is as its tables say',
    command: ['node', 'packages/core/testing/rules/rewrite-quality.ts', '--check'],
  },
]

export interface StepResult {
  name: string
  passed: boolean
}

/** Runs every step, as many at once as there are processors, and prints a line for each, with the output of failures. */
export async function verify(): Promise<StepResult[]> {
  const waiting = [...STEPS]
  const results: StepResult[] = []
  const worker = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const started = performance.now()
      const { passed, output } = await run(step.command)
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      process.stdout.write(`${passed ? 'ok  ' : 'FAIL'}  ${step.name} (${seconds} s)\n`)
      if (!passed) process.stdout.write(`${step.command.join(' ')}\n${output.trimEnd()}\n\n`)
      results.push({ name: step.name, passed })
    }
  }
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker))
  return results
}

function run([program = '', ...args]: string[]): Promise<{ passed: boolean; output: string }> {
  const { promise, resolve } = Promise.withResolvers<{ passed: boolean; output: string }>()
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' }
  const child = spawn(program, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  child.on('error', (error) => resolve({ passed: false, output: error.message }))
  child.on('close', (code, signal) => {
    resolve({ passed: code === 0, output: signal ? `${output}\nended by ${signal}` : output })
  })
  return promise
}

if (import.meta.main) {
  const results = await verify()
  const failed = results.filter((result) => !result.passed)
  process.stdout.write(`${results.length - failed.length} passed, ${failed.length} failed, 0 skipped\n`)
  process.exitCode = failed.length > 0 ? 1 : 0
}
