/** Lines of the list that `docs/security.md` answers. */
export const LINES = 86

interface Row {
  line: number
  ids: Set<string>
  /** Test files, each with the words that a test of it must have in its name; none where the ids of the row are enough. */
  tests: Map<string, string[]>
  /** Whether a paper or a missing piece is named. */
  saysMore: boolean
}

/**
 * What is wrong with the table: a line that is missing or shown by nothing, a test that does not exist, and a test whose
 * name carries an id of the list (`ASVS 7.2.4, 7.4.1`, `security.md 49`) without standing in the line of that id.
 *
 * @param tests every test file of the repository, by its path
 */
export function securityProblems(paper: string, tests: ReadonlyMap<string, string>): string[] {
  const rows = [...paper.matchAll(/^\| (\d+) \| (.+?) \| .+? \| (.+) \|$/gm)].map(rowOf)
  return [...numbering(rows), ...rows.flatMap((row) => unshown(row, tests)), ...homeless(rows, tests)]
}

function rowOf([, line = '', ids = '', shown = '']: RegExpExecArray): Row {
  const named = [...shown.matchAll(/`([\w./-]+\.test\.ts)`((?: "[^"]+")*)/g)]
  const titles = (words: string) => [...words.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title)
  return {
    line: Number(line),
    ids: new Set(ids.split(', ')),
    tests: new Map(named.map(([, file = '', words = '']) => [file, titles(words)])),
    saysMore: /\]\(|not yet, (?:issue \d+|no issue): \w/.test(shown),
  }
}

function numbering(rows: Row[]): string[] {
  return Array.from({ length: LINES }, (_, index) => index + 1).flatMap((line) => {
    const found = rows.filter((row) => row.line === line).length
    return found === 1 ? [] : [`line ${line} stands there ${found} times`]
  })
}

function unshown({ line, ids, tests: named, saysMore }: Row, tests: ReadonlyMap<string, string>): string[] {
  if (named.size === 0 && !saysMore) return [`line ${line} is shown by nothing, and does not say what is missing`]
  return [...named].flatMap(([file, titles]) => {
    const text = tests.get(file)
    if (text === undefined) return [`line ${line}: there is no ${file}`]
    if (titles.length === 0 && !idsIn(text).some((id) => id === `security.md ${line}` || ids.has(asvs(id)))) {
      return [`line ${line}: no test of ${file} carries its id`]
    }
    return titles
      .filter((title) => !namesOf(text).includes(title))
      .map((title) => `line ${line}: ${file} has no "${title}"`)
  })
}

function homeless(rows: Row[], tests: ReadonlyMap<string, string>): string[] {
  return [...tests].flatMap(([file, text]) =>
    idsIn(text).flatMap((id) => {
      const lines = rows.filter((row) => id === `security.md ${row.line}` || row.ids.has(asvs(id)))
      if (lines.length === 0) return [`${file}: a test carries ${id}, which no line has`]
      return lines.some((row) => row.tests.has(file)) ? [] : [`line ${lines[0]?.line} does not name ${file} for ${id}`]
    }),
  )
}

const asvs = (id: string) => id.replace(/^ASVS /, '')

/** The ids in the names of tests, each as `ASVS 7.2.4` or `security.md 49`. */
function idsIn(text: string): string[] {
  const found = [...namesOf(text).matchAll(/(ASVS|security\.md) (\d[\d.]*(?:, \d[\d.]*)*)/g)]
  return [
    ...new Set(found.flatMap(([, list, ids = '']) => ids.split(', ').map((id) => `${list} ${id.replace(/\.$/, '')}`))),
  ]
}

/** The text of a test file without its comments, which may speak of tests that do not exist. */
const namesOf = (text: string) => text.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')
