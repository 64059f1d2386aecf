import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNodeProgram } from './embedded/node-program.ts'
import { redisProgram } from './embedded/redis.ts'
import { verify } from './verify.ts'

/**
 * `npm test`: first verify, each step of which counts as one test, then all tests. With arguments, as in
 * `npm test -- packages/core`, only the tests whose path contains one of them.
 */
interface Counts {
  passed: number
  failed: number
  skipped: number
}

const filters = process.argv.slice(2)
const steps = filters.length === 0 ? await verify() : []
const tests = await runTests(filters)
const redis = redisProgram()
const say = (text: string) => process.stdout.write(`${text}\n`)

say(
  redis
    ? `Redis: the tests ran on ${redis}, and the suite of the Redis contract on the built-in stand-in as well.`
    : 'Redis: the tests ran on the built-in stand-in, as neither redis-server nor valkey-server is on PATH.',
)
for (const { name } of steps.filter((step) => !step.passed)) say(`failed: ${name}`)
const failed = steps.filter((step) => !step.passed).length + tests.failed
say(`${steps.length - (failed - tests.failed) + tests.passed} passed, ${failed} failed, ${tests.skipped} skipped`)
process.exitCode = failed > 0 ? 1 : 0

async function runTests(filters: string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'pramaan-report-'))
  const report = join(folder, 'report.json')
  try {
    const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters]
    const how = await startNodeProgram('node_modules/vitest/vitest.mjs', { args }).ended
    const counts = readReport(report)
    // What breaks outside of every test (an unhandled rejection, a set-up that fails) shows in the exit code alone.
    return how !== 'exit code 0' && counts.failed === 0 ? { ...counts, failed: 1 } : counts
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { status: string; assertionResults: { status: string }[] }[]
}

function readReport(path: string): Counts {
  let report: Report
  try {
    report = JSON.parse(readFileSync(path, 'utf8')) as Report
  } catch {
    return { passed: 0, failed: 0, skipped: 0 }
  }
  // A file that could not be loaded has failed without a failed test.
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((result) => result.status !== 'failed'),
  )
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}
