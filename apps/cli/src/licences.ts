import { Day, LicenceType } from '@pramaan/shared'
import { type Command, InvalidArgumentError } from 'commander'
import type { Terminal } from './terminal.ts'

interface ImportOptions {
  type: LicenceType
  listedOn: string
  url: string
  tokenFile: string
}

/** Characters of one part; with the rest of the request it stays well below the body limit of the API. */
const PART = 150_000

const parseType = (value: string): LicenceType => {
  const type = LicenceType.safeParse(value.toUpperCase())
  if (!type.success) throw new InvalidArgumentError(`Use one of ${LicenceType.options.join(', ')}.`)
  return type.data
}

const parseDay = (value: string): string => {
  const day = Day.safeParse(value)
  if (!day.success) throw new InvalidArgumentError('Use a calendar day such as 2026-11-24.')
  return day.data
}

/**
 * Cuts a CSV into parts that each begin with its heading line, at ends of lines that are not inside quotes.
 * `size` is in UTF-16 code units; a line longer than that is a part of its own.
 */
export function cutCsv(csv: string, size: number): string[] {
  const lines: string[] = []
  let open = ''
  for (const line of csv.split(/(?<=\n)/)) {
    open += line
    if ((open.split('"').length - 1) % 2 === 1) continue
    lines.push(open)
    open = ''
  }
  if (open !== '') lines.push(open)
  const [heading = '', ...entries] = lines
  const parts: string[] = []
  let part = ''
  for (const entry of entries) {
    if (part !== '' && heading.length + part.length + entry.length > size) {
      parts.push(heading + part)
      part = ''
    }
    part += entry
  }
  return part === '' ? parts : [...parts, heading + part]
}

/**
 * Adds `pramaan licences import`: sends a regulator's published list to a running installation, part by part, as the
 * administrator whose access token is given. `onFailure` hears that it was not taken whole.
 */
export const addLicencesCommand = (program: Command, terminal: Terminal, onFailure: () => void): void => {
  const licences = program.command('licences').description("The regulators' published lists.")
  licences
    .command('import')
    .description('Import a list (CSV with the columns number,name,validUntil). It verifies nothing by itself.')
    .argument('<file>', 'the list, or - to read it from standard input')
    .requiredOption('--type <licence>', `whose register: ${LicenceType.options.join(', ')}`, parseType)
    .requiredOption('--listed-on <day>', 'the day of the list, YYYY-MM-DD', parseDay)
    .requiredOption('--token-file <file>', "a file with an administrator's access token")
    .option('--url <url>', 'where the installation is', 'http://127.0.0.1:8787')
    .action(async (file: string, options: ImportOptions) => {
      const csv = file === '-' ? await terminal.readInput() : await terminal.readFile(file)
      const token = (await terminal.readFile(options.tokenFile)).trim()
      const parts = cutCsv(csv, PART)
      if (parts.length === 0) {
        terminal.writeError('error: the list has no entry\n')
        onFailure()
        return
      }
      for (const [index, part] of parts.entries()) {
        const body = { type: options.type, listedOn: options.listedOn, csv: part, complete: index === parts.length - 1 }
        const response = await fetch(new URL('/api/admin/licence-register', options.url), {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
          body: JSON.stringify(body),
        })
        const answer = (await response.json()) as { detail?: string; total?: number; gone?: number }
        if (!response.ok) {
          terminal.writeError(`error: part ${index + 1} of ${parts.length}: ${answer.detail ?? response.status}\n`)
          onFailure()
          return
        }
        if (body.complete) {
          terminal.write(`${options.type}: ${answer.total} entries of ${options.listedOn}, ${answer.gone} are gone.\n`)
        }
      }
    })
}
