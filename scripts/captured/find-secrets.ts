import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Leak {
  file: string
  line: number
  /** What was found, in words; never the secret itself. */
  what: string
}

/** What no line may hold, whoever wrote it, by its form. */
const FORMS: [what: string, form: RegExp][] = [
  ['an email address', /[\w.+-]+@(?:[\w-]+\.)+[a-z]{2,}\b/i],
  ['a phone number', /(?<![\w.-])\+?91[6-9]\d{9}(?!\w)|(?<![\w+.-])\+[1-9]\d{9,14}(?!\w)/],
  ['a signed token', /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/],
  ['an API key', /\bprm_[a-z]+_[\w-]+_[\w-]{20,}/],
  ['a bearer credential', /\bbearer [\w.~-]{16,}/i],
  ['a password hash', /\$2[aby]\$\d\d\$/],
  ['a private key', /BEGIN [A-Z ]*PRIVATE KEY|"d":"[\w-]{20,}"/],
  ['an address of a service with its password', /\b[a-z]+:\/\/[^\s/:@"]*:[^\s/@"]+@/],
  ['the secret of an authenticator', /otpauth:\/\//],
  ['a recovery code', /\b(?:[A-Z2-7]{7}-){3}[A-Z2-7]{7}\b/],
]

/** Fields that hold a secret whatever stands in them. */
const FIELDS =
  /^(?:.*password|.*token|totp|otp|pin|secret|apiKey|authorization|cookie|sessionSecret|recoveryCodes?|email|phone|to)$/i

/**
 * Searches what a run has logged: for the forms of secrets, for fields that hold one, for codes of six digits, and for
 * every value that a test has named as secret.
 */
export function findSecrets(folder: string): { leaks: Leak[]; lines: number; named: number } {
  const files = readdirSync(folder)
  const linesOf = (file: string) => readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean)
  const named = new Set(files.filter((file) => file.startsWith('secrets-')).flatMap(linesOf))
  const logs = files.filter((file) => file.endsWith('.log')).map((file) => ({ file, lines: linesOf(file) }))
  const leaks = logs.flatMap(({ file, lines }) =>
    lines.flatMap((text, index) => leaksIn(text, named).map((what) => ({ file, line: index + 1, what }))),
  )
  return { leaks, lines: logs.reduce((sum, { lines }) => sum + lines.length, 0), named: named.size }
}

/** The first of each kind and file, for whoever has to find the line of code. */
export function describeLeaks(leaks: Leak[]): string {
  const kinds = Map.groupBy(leaks, ({ file, what }) => `${what} in ${file}`)
  const lines = [...kinds].map(([kind, of]) => `${kind}: line ${of[0]?.line}, ${of.length} in all`)
  return `the logs of this run hold what no log may hold:\n${lines.join('\n')}`
}

function leaksIn(text: string, named: ReadonlySet<string>): string[] {
  const found = FORMS.filter(([, form]) => form.test(text)).map(([what]) => what)
  const words = text.split(/[^\w.~+@-]+/).flatMap((word) => [word, word.replace(/^[.]+|[.]+$/g, '')])
  if (words.some((word) => named.has(word)) || sentencesOf(named).some((secret) => text.includes(secret))) {
    found.push('a secret of a test')
  }
  for (const [field, value] of fieldsOf(text)) {
    if (FIELDS.test(field) && value !== '') found.push(`the field ${field}`)
    if (/^\d{6}$/.test(value)) found.push('a code of six digits')
  }
  return found
}

/** Secrets that are no single word, such as a password of several. Few, so each line is searched for each. */
const sentences = new WeakMap<ReadonlySet<string>, string[]>()
function sentencesOf(named: ReadonlySet<string>): string[] {
  const known = sentences.get(named) ?? [...named].filter((secret) => !/^[\w.~+@-]+$/.test(secret))
  sentences.set(named, known)
  return known
}

/** Every text in a line of JSON, with the name of its field, at any depth. */
function fieldsOf(text: string): [string, string][] {
  if (!text.startsWith('{')) return []
  try {
    const found: [string, string][] = []
    JSON.parse(text, (field, value) => {
      if (typeof value === 'string') found.push([field, value])
      return value
    })
    return found
  } catch {
    return []
  }
}
