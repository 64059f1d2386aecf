import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { cruise, type ICruiseOptions, type ICruiseResult, type IFlattenedRuleSet } from 'dependency-cruiser'
import { sourceFiles } from './source-files.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FOLDERS = ['packages', 'apps', 'scripts']

/** The rules of `.dependency-cruiser.cjs`. */
export const config = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as {
  forbidden: NonNullable<IFlattenedRuleSet['forbidden']> & { name: string; comment: string }[]
  options: ICruiseOptions
}

export interface Violation {
  rule: string
  from: string
  to: string
}

/**
 * Cruises the packages, apps and scripts under `root`.
 *
 * @throws Error when it read fewer modules than there are: a cruise without a parser finds nothing and passes
 */
export async function findViolations(root = ROOT): Promise<{ modules: number; violations: Violation[] }> {
  const existing = FOLDERS.flatMap((folder) => sourceFiles(root, folder, /\.[mc]?[jt]s$/))
  const { output } = await cruise(existing, {
    ...config.options,
    ruleSet: { forbidden: config.forbidden },
    validate: true,
    baseDir: root,
  })
  const result = output as ICruiseResult
  // A module that could not be parsed stands in the result as well, but without what it imports.
  const read = new Set(result.modules.filter((module) => !module.couldNotResolve).map((module) => module.source))
  const missed = existing.filter((path) => !read.has(path))
  const dependencies = result.modules.reduce((sum, module) => sum + module.dependencies.length, 0)
  if (missed.length > 0 || (existing.length > 0 && dependencies === 0)) {
    throw new Error(`of ${existing.length} modules, ${missed.length} were not read:\n${missed.join('\n')}`)
  }
  const violations = result.summary.violations.map(({ rule, from, to, cycle }) => ({
    rule: rule.name,
    from,
    to: cycle?.map(({ name }) => name).join(' -> ') ?? to,
  }))
  return { modules: existing.length, violations }
}

if (import.meta.main) {
  const { modules, violations } = await findViolations()
  const comments = new Map(config.forbidden.map((rule) => [rule.name, rule.comment]))
  for (const { rule, from, to } of violations) {
    process.stdout.write(`${from} imports ${to}\n  ${rule}: ${comments.get(rule)}\n`)
  }
  process.stdout.write(`${modules} modules read, ${violations.length} violations\n`)
  process.exitCode = violations.length > 0 ? 1 : 0
}
