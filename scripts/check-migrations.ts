import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import drizzleConfig from '../drizzle.config.ts'

/**
 * Fails when `drizzle-kit generate` would write a migration, and when the journal is out of order: the migrator skips,
 * silently, a migration whose time is older than the last one that it has applied.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const MIGRATIONS = resolve(ROOT, drizzleConfig.out ?? '')
const LIMIT_MS = 60_000

interface Journal {
  entries: { when: number; tag: string }[]
}

const problems = [...outOfOrder(), ...(await drift())]
for (const problem of problems) process.stderr.write(`${problem}\n`)
process.exitCode = problems.length > 0 ? 1 : 0

function outOfOrder(): string[] {
  const { entries } = JSON.parse(readFileSync(join(MIGRATIONS, 'meta', '_journal.json'), 'utf8')) as Journal
  return entries
    .filter((entry, index) => index > 0 && entry.when <= (entries[index - 1]?.when ?? 0))
    .map(({ tag }) => `meta/_journal.json: \`when\` of ${tag} is not later than that of the migration before it`)
}

/** Generates into a copy, so that a check never changes the work tree. */
async function drift(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pramaan-migrations-'))
  try {
    const out = join(folder, 'migrations')
    cpSync(MIGRATIONS, out, { recursive: true })
    const config = join(folder, 'drizzle.config.json')
    // It takes every path for one from here, also one that starts with a slash.
    writeFileSync(config, JSON.stringify({ ...drizzleConfig, out: relative(ROOT, out) }))
    const output = await generate(config)
    if (output.includes('No schema changes')) return []
    const missing = readdirSync(out).filter((name) => !existsSync(join(MIGRATIONS, name)))
    const statements = missing.map((name) => readFileSync(join(out, name), 'utf8')).join('\n')
    return [
      `packages/db/migrations lacks what packages/db/src/schema says (npx pnpm db:generate):\n${statements || output}`,
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function generate(config: string): Promise<string> {
  // Without an input it cannot ask whether a column was renamed, and fails instead.
  const child = spawn('drizzle-kit', ['generate', `--config=${config}`], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  await once(child, 'close')
  return output
}
