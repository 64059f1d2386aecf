import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { LINES, securityProblems } from './security-table.ts'
import { sourceFiles } from './source-files.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const tests = new Map(sourceFiles(ROOT, '.', /\.test\.ts$/).map((path) => [path, read(path)]))
const paper = read('docs/security.md')

test('every line of the list is shown by tests and papers that exist, or says what is missing', () => {
  expect(paper.match(/^\| \d+ \|/gm)).toHaveLength(LINES)
  expect(securityProblems(paper, tests)).toEqual([])
})

test.each<[string, (text: string) => string, string]>([
  ['a line that is gone', (text) => text.replace(/^\| 41 \|.*\n/m, ''), 'line 41 stands there 0 times'],
  [
    'a line that is shown by nothing',
    (text) => text.replace(/^(\| 49 \| .+? \| .+? \|) .*$/m, '$1 trust us |'),
    'line 49 is',
  ],
  ['a test that is no more', (text) => text.replace('tenant-walls.test.ts', 'tenant-fences.test.ts'), 'there is no'],
  [
    'words that no test has',
    (text) => text.replace('ten workers on one job', 'eleven workers'),
    'has no "eleven workers',
  ],
  [
    'an id that a line lost',
    (text) => text.replace('7.5.1, 7.5.2', '7.5.1'),
    `carries ${'ASVS'} 7.5.2, which no line has`,
  ],
  [
    'a file that a line does not name',
    (text) => text.replace('`packages/core/src/identity/instances.test.ts`<br>', ''),
    'does not name packages/core/src/identity/instances.test.ts',
  ],
])('%s is found', (_, spoil, problem) => {
  const spoilt = spoil(paper)
  expect(spoilt).not.toBe(paper)
  expect(securityProblems(spoilt, tests).join('\n')).toContain(problem)
})
