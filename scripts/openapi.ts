import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { appRouter } from '@pramaan/trpc'
import { openApiDocument } from '@pramaan/trpc/openapi'
import { restRoutes } from '@pramaan/trpc/rest'

/** `--write` writes `docs/openapi.json` from the Zod schemas of the router; `--check` fails when it is not up to date. */
const FILE = fileURLToPath(new URL('../docs/openapi.json', import.meta.url))
const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8')
const { version } = JSON.parse(manifest) as { version: string }
const text = `${JSON.stringify(openApiDocument(restRoutes(appRouter), { version }), null, 2)}\n`

if (process.argv.includes('--write')) {
  await writeFile(FILE, text)
} else if (process.argv.includes('--check')) {
  const written = await readFile(FILE, 'utf8').catch(() => '')
  if (written !== text) {
    process.stderr.write('docs/openapi.json is not what the router says: run `npx pnpm openapi` and commit it\n')
    process.exitCode = 1
  }
} else {
  process.stderr.write('usage: node scripts/openapi.ts --write | --check\n')
  process.exitCode = 2
}
