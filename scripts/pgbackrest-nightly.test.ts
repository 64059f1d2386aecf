import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'pramaan-pgbackrest-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the script of the night with a pgBackRest that writes down what it was asked, and answers like this. */
function night(answers: { verify: string; failing?: string }) {
  const log = join(folder, 'asked')
  const cases = ['check', 'backup'].map((name) => `  *${name}) exit ${answers.failing === name ? 1 : 0};;`)
  const double = `#!/bin/sh\necho "$*" >> ${log}\ncase "$*" in\n${cases.join('\n')}\n  *verify) echo '${answers.verify}'; exit 0;;\nesac\n`
  writeFileSync(join(folder, 'pgbackrest'), double)
  chmodSync(join(folder, 'pgbackrest'), 0o755)
  writeFileSync(log, '')
  const { status, stderr } = spawnSync('sh', ['deploy/pgbackrest/nightly.sh', 'pramaan'], {
    env: { PATH: `${folder}:/usr/bin:/bin` },
    encoding: 'utf8',
  })
  return { status, stderr, asked: readFileSync(log, 'utf8').trim().split('\n') }
}

test('a night with a good repository backs up and reads it, and ends well', () => {
  const { asked, status } = night({ verify: 'stanza: pramaan\nstatus: ok' })
  expect(status).toBe(0)
  expect(asked).toEqual([
    '--stanza=pramaan check',
    expect.stringMatching(/^--stanza=pramaan --type=(incr|full) backup$/),
    '--stanza=pramaan --output=text --verbose verify',
  ])
})

test('a damaged file is an alarm, although pgBackRest itself ends with 0', () => {
  for (const verify of ['stanza: pramaan\nstatus: error\n  backup: checksum invalid: 1', '', 'stanza: pramaan']) {
    expect(night({ verify })).toMatchObject({ status: 1, stderr: 'the backup of pramaan is damaged\n' })
  }
})

test('a backup that fails, or an archive that does not take the log, ends the night', () => {
  for (const failing of ['check', 'backup']) {
    expect(night({ verify: 'stanza: pramaan\nstatus: ok', failing }).status).not.toBe(0)
  }
})
