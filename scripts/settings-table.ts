import { readFileSync } from 'node:fs'
import { EnvError } from '@pramaan/core/platform/env'
import { readEnv, Settings } from '../apps/api/src/env.ts'
import { sourceFiles } from './source-files.ts'

/** What a program does with one setting. */
interface Facts {
  /** As it would be written in an environment; null where there is none. */
  default: string | null
  production: '' | 'needed' | 'refused'
}

/** Name, default and production in the first three cells. */
const ROW = /^\| `([A-Z][A-Z0-9_]+)` \|([^|]*)\|([^|]*)\|/gm

/**
 * What is wrong in the table of settings under the README's heading "Settings": a name that no program reads, a setting
 * that is missing, another default, or another word about production. The API's settings hold all of the worker's.
 */
export function settingsProblems(readme: string, root: string): string[] {
  const section = /^#+ Settings[^\n]*\n([\s\S]*?)(?=^#|$(?![\s\S]))/m.exec(readme)?.[1]
  if (section === undefined) return ['README.md: there is no heading "Settings"']
  const known = knownSettings(root)
  const problems: string[] = []
  const documented = new Set<string>()
  for (const [, name = '', written = '', production = ''] of section.matchAll(ROW)) {
    documented.add(name)
    const facts = known.get(name)
    if (!facts) {
      problems.push(`README.md: no program reads ${name}`)
      continue
    }
    const wanted = facts.default === null ? '(none)' : `\`${facts.default}\``
    if (written.split(';')[0]?.trim() !== wanted) problems.push(`README.md: the default of ${name} is ${wanted}`)
    if (production.trim() !== facts.production) {
      problems.push(`README.md: in production ${name} is "${facts.production}", not "${production.trim()}"`)
    }
  }
  const missing = [...known.keys()].filter((name) => !documented.has(name))
  return [...problems, ...missing.map((name) => `README.md: the setting ${name} is missing`)]
}

/** The settings of the apps, from their schema, and those that only `scripts/` read. */
function knownSettings(root: string): Map<string, Facts> {
  const complaints = complaintsInProduction()
  const known = new Map<string, Facts>()
  for (const path of sourceFiles(root, 'scripts/embedded', /\.ts$/)) {
    const text = readFileSync(`${root}/${path}`, 'utf8')
    for (const [, name = '', fallback] of text.matchAll(/\bgiven\.([A-Z][A-Z0-9_]+)(?: \?\? '([^']*)')?/g)) {
      if (known.get(name)?.default == null) known.set(name, { default: fallback ?? null, production: '' })
    }
  }
  for (const [name, field] of Object.entries(Settings.shape)) {
    const complaint = complaints.get(name) ?? ''
    const production = /for development only/.test(complaint) ? 'refused' : complaint ? 'needed' : ''
    known.set(name, { default: defaultOf(field), production })
  }
  return known
}

/** A field of a Zod object, as far as its default is concerned. */
interface Field {
  def: { type: string; defaultValue?: unknown; innerType?: unknown }
}

function defaultOf(field: unknown): string | null {
  const { def } = field as Field
  if (def.type !== 'default' && def.type !== 'prefault') return null
  if (typeof def.defaultValue === 'boolean') return def.defaultValue ? 'on' : 'off'
  return def.defaultValue === '' ? null : String(def.defaultValue)
}

/** What the API says about each setting when production is started with none, and with those of development. */
function complaintsInProduction(): Map<string, string> {
  try {
    readEnv({ NODE_ENV: 'production', EMBEDDED: 'on', SEED_DEMO: 'on' })
  } catch (error) {
    if (!(error instanceof EnvError)) throw error
    return new Map([...error.message.matchAll(/^ {2}- (\w+): (.*)$/gm)].map(([, name = '', text = '']) => [name, text]))
  }
  throw new Error('production starts without a single setting')
}
