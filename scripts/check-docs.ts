import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inventoryProblems } from './data-inventory.ts'
import { securityProblems } from './security-table.ts'
import { settingsProblems } from './settings-table.ts'
import { sourceFiles } from './source-files.ts'

/**
 * What the papers say about the code must be true: links lead somewhere, paths and commands exist, the table of settings in the
 * README names every setting and no other, with its default, every line of docs/security.md is shown by a test or paper. And nothing that was put off is left behind in a comment.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const papers = sourceFiles(ROOT, '.', /\.md$/)

const tests = new Map(sourceFiles(ROOT, '.', /\.test\.ts$/).map((path) => [path, read(path)]))
const settings = existsSync(join(ROOT, 'README.md')) ? settingsProblems(read('README.md'), ROOT) : []
const problems = [
  ...papers.flatMap(brokenLinks),
  ...papers.flatMap(unknownPaths),
  ...papers.flatMap(unknownCommands),
  ...settings,
  ...securityProblems(read('docs/security.md'), tests).map((problem) => `docs/security.md: ${problem}`),
  ...inventoryProblems(ROOT),
  ...leftovers(),
]
for (const problem of problems) process.stderr.write(`${problem}\n`)
process.exitCode = problems.length > 0 ? 1 : 0

/** Relative links: the file exists, and so does the heading after `#`. */
function brokenLinks(paper: string): string[] {
  const prose = read(paper).replace(/^```[\s\S]*?^```/gm, '')
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '')
  return targets.flatMap((target) => {
    if (/^[a-z]+:/i.test(target)) return []
    const [file = '', heading] = target.split('#')
    const path = file === '' ? paper : normalize(join(dirname(paper), file))
    if (!existsSync(join(ROOT, path))) return [`${paper}: the link to ${target} leads nowhere`]
    if (heading === undefined || !path.endsWith('.md')) return []
    return headings(path).includes(heading) ? [] : [`${paper}: ${path} has no heading #${heading}`]
  })
}

/** As GitHub makes anchors of headings. */
function headings(paper: string): string[] {
  return [...read(paper).matchAll(/^#+ +(.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- ]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** A path of the repository in backticks exists, wherever the paper lies; patterns such as `<domain>` are left out. */
function unknownPaths(paper: string): string[] {
  const named = [...read(paper).matchAll(/`((?:apps|packages|scripts|docs)\/[\w./-]+)`/g)].map(
    (match) => match[1] ?? '',
  )
  return named.filter((path) => !existsSync(join(ROOT, path))).map((path) => `${paper}: there is no ${path}`)
}

/** `npm run x` and `npx pnpm x` are scripts of package.json. */
function unknownCommands(paper: string): string[] {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const known = new Set([...Object.keys(scripts), 'install'])
  const named = [...read(paper).matchAll(/\b(?:npm run|npx pnpm) ([a-z][\w:-]*)/g)].map((match) => match[1] ?? '')
  return named.filter((name) => !known.has(name)).map((name) => `${paper}: there is no script called ${name}`)
}

function leftovers(): string[] {
  const later = /\b(?:TO[D]O|FIX[M]E)\b/
  return sourceFiles(ROOT, '.', /\.(ts|mts|mjs|cjs|sql|md|yaml|yml)$/)
    .filter((path) => later.test(read(path)))
    .map((path) => `${path}: do it, or write an issue; a comment is no place for it`)
}
