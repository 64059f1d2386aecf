import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { COLUMN_CLASSES, DATA_INVENTORY } from '@pramaan/db/data-inventory'

/** Writes `docs/data-inventory.md` from the table beside the schema (`--write`); `verify` compares the two. */
const PAPER = 'docs/data-inventory.md'

const MEANING = {
  personal: 'tells by itself who somebody is, or what they said. Always sealed (AES-256-GCM)',
  secret: 'lets somebody in or opens something. Sealed, hashed or wrapped, never in clear',
  pseudonym: 'an id or keyed hash that stands for a person, and says nothing once the person is erased',
  business: 'words of a firm or of ours that are written to be published or filed',
  record: 'ids of things, states, times, counts, settings',
} as const

function paper(): string {
  const head = [
    '# What the database holds about people',
    '',
    'Generated from `packages/db/src/data-inventory` by `npx pnpm inventory`; a test compares that table with the database, column by column.',
    '',
    '| class | is |',
    '|---|---|',
    ...COLUMN_CLASSES.map((name) => `| ${name} | ${MEANING[name]} |`),
    '',
    'Jobs in the queue (`pgboss`) carry ids and keyed hashes alone, and are deleted an hour after they ended. Redis holds sessions: ids, times and the name of the browser. Logs hold ids.',
    '',
  ]
  const inOrder = Object.entries(DATA_INVENTORY).toSorted(([left], [right]) => (left < right ? -1 : 1))
  const tables = inOrder.flatMap(([name, entry]) => [
    `## ${name}`,
    '',
    `For: ${entry.purpose}. Kept: ${entry.retention}. Read by: ${entry.readers}.`,
    '',
    '| class | columns |',
    '|---|---|',
    ...COLUMN_CLASSES.flatMap((one) => {
      const columns = entry[one]?.split(' ').map((column) => `\`${column}\``)
      return columns ? [`| ${one} | ${columns.join(', ')} |`] : []
    }),
    '',
  ])
  return [...head, ...tables].join('\n')
}

/** One line when the paper is not what the table says. */
export function inventoryProblems(root: string): string[] {
  const path = join(root, PAPER)
  const is = existsSync(path) ? readFileSync(path, 'utf8') : ''
  return is === paper() ? [] : [`${PAPER} is not what packages/db/src/data-inventory says: npx pnpm inventory`]
}

if (import.meta.main && process.argv.includes('--write')) {
  writeFileSync(join(fileURLToPath(new URL('..', import.meta.url)), PAPER), paper())
}
