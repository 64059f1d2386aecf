import { spawnSync } from 'node:child_process'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { BUILD_PACK, packText } from '../../../packages/core/src/compliance/rule-pack.ts'
import { checkText, withFixes } from '../../../packages/core/src/compliance/rules/index.ts'
import { inputHashOf } from '../../../packages/core/src/compliance/rules/verdict-bytes.ts'
import { runPramaan } from '../testing/run-pramaan.ts'

const BIN = fileURLToPath(new URL('../bin/pramaan.mjs', import.meta.url))

/** Runs the command as a shell would, with the Node that runs the tests. */
const spawnPramaan = (args: readonly string[], input = '') => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { input, encoding: 'utf8' })
  return { status, stdout, stderr }
}

/** Runs a command line in this process, at noon of 22 Nov 2026. */
const pramaan = (args: readonly string[], input = '', files: Readonly<Record<string, string>> = {}) =>
  runPramaan(args, {
    readInput: async () => input,
    readFile: async (path) => files[path] ?? 'no-token-of-anybody-at-all',
    now: () => new Date('2026-11-22T12:00:00Z'),
  })

const PROMISE = 'Invest with me: guaranteed 15% returns every year, zero risk!'

describe('the process', () => {
  it('ends 0 on a clean text', () => {
    expect(spawnPramaan(['check', 'Please keep your nominee details up to date.', '--as', 'MFD']).status).toBe(0)
  })

  it('ends 1 on findings in a text from standard input', () => {
    const { status, stdout } = spawnPramaan(['check', '-', '--as', 'mfd', '--json'], PROMISE)
    expect([status, JSON.parse(stdout).outcome]).toEqual([1, 'changes_required'])
  })

  it('ends 2 on wrong usage, with words and without a stack', () => {
    const { status, stderr } = spawnPramaan(['check', 'text', '--as', 'CA'])
    expect([status, stderr.includes('Use one or more of'), stderr.includes('    at ')]).toEqual([2, true, false])
  })
})

describe('pramaan check', () => {
  it('shows the place, the clause and the fix of each finding', async () => {
    const { status, stdout } = await pramaan(['check', PROMISE, '--as', 'MFD'])
    expect(status).toBe(1)
    expect(stdout).toContain('^^^^')
    expect(stdout).toMatch(/Clause: .*CIR/)
    expect(stdout).toContain('In force: 2023-05-01 to open')
    expect(stdout).toMatch(/[\u0900-\u097f]/)
    expect(stdout).toContain('What to do: ')
    expect((await pramaan(['check', `Office closed today. ${PROMISE}`, '--as', 'MFD'])).stdout).toContain('Fix: ')
  })

  it('prints a verdict whose spans cut the quotes out of the text with --json', async () => {
    const { findings } = JSON.parse((await pramaan(['check', PROMISE, '--as', 'MFD', '--json'])).stdout)
    expect(findings.length).toBeGreaterThan(0)
    for (const { span, quote } of findings) expect(PROMISE.slice(span.start, span.end)).toBe(quote)
  })

  it('judges by the rules of the given day', async () => {
    const text = 'Our model portfolio returned 31% last year.'
    const ruleIds = async (day: string) => {
      const { stdout } = await pramaan(['check', text, '--as', 'RA', '--json', '--date', day])
      return JSON.parse(stdout).findings.map((finding: { ruleId: string }) => finding.ruleId)
    }
    expect(await ruleIds('2025-10-29')).toContain('PERF-OWN-BARRED')
    expect(await ruleIds('2025-10-30')).not.toContain('PERF-OWN-BARRED')
  })

  it('never prints a character that a terminal would obey', async () => {
    const { stdout } = await pramaan(['check', 'Guaranteed\u202e returns\u001b[31m of 15%', '--as', 'MFD'])
    expect(stdout).not.toContain('\u001b')
    expect(stdout).not.toContain('\u202e')
  })

  it.each([
    ['no text', ['check', '--as', 'MFD']],
    ['no licence', ['check', 'text']],
    ['a day that is none', ['check', 'text', '--as', 'MFD', '--date', '2026-02-30']],
    ['an empty text', ['check', '  ', '--as', 'MFD']],
    ['an unknown channel', ['check', 'text', '--as', 'MFD', '--channel', 'fax']],
    ['an unknown command', ['chek', 'text']],
    ['an unknown option', ['check', 'text', '--as', 'MFD', '--fast']],
    ['no command', []],
  ])('answers 2 on %s', async (_name, args) => {
    const { status, stderr } = await pramaan(args)
    expect([status, stderr === '']).toEqual([2, false])
  })
})

describe('pramaan replay', () => {
  const subject = {
    text: PROMISE,
    licences: ['MFD' as const],
    channel: 'whatsapp' as const,
    audience: 'public' as const,
  }
  const about = { ...subject, language: null, publicationDate: '2026-11-22' }
  const advisor = {
    displayName: 'Verma Advisory',
    licences: [{ type: 'MFD' as const, number: 'ARN-123456' }],
    translations: {},
  }
  const { text, ...facts } = about
  const input = { ...facts, advisor }
  const verdictId = randomUUID()
  const kit = {
    verdictId,
    text,
    input,
    inputHash: inputHashOf(text, input),
    verdict: withFixes(
      about,
      checkText(about, advisor, () => 0),
    ),
    pack: packText(BUILD_PACK),
    firmRules: null,
  }

  /** An installation that has one verdict. */
  const replayOf = async (answer: unknown, status = 200) => {
    const server = createServer((request, response) => {
      const known = request.url === `/api/verdicts/${verdictId}/replay`
      response.writeHead(known ? status : 404, { 'content-type': 'application/json' })
      response.end(JSON.stringify(known ? answer : { detail: 'There is no such verdict.' }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      return await pramaan(['replay', verdictId, '--token-file', 'token', '--url', `http://127.0.0.1:${port}`])
    } finally {
      server.close()
    }
  }

  it('ends 0 when the pack of that day gives the same bytes', async () => {
    const { status, stdout } = await replayOf(kit)
    expect([status, stdout]).toEqual([0, expect.stringContaining('Same bytes: changes_required')])
  })

  it('ends 1 and names what differs when the stored verdict was softened', async () => {
    const { status, stdout } = await replayOf({ ...kit, verdict: { ...kit.verdict, outcome: 'clean' } })
    expect([status, stdout]).toEqual([1, expect.stringContaining('The outcome was clean and is changes_required.')])
  })

  it('ends 1 and says why when the installation does not give it', async () => {
    const { status, stderr } = await replayOf({ detail: 'There is no such verdict.' }, 404)
    expect([status, stderr]).toEqual([1, 'error: There is no such verdict.\n'])
  })
})

describe('pramaan rules', () => {
  const message = (expect: object, text: string) =>
    JSON.stringify({ id: text, language: 'en', licence: 'MFD', publicationDate: '2026-11-22', text, expect })
  const labelled = [
    message({ outcome: 'changes_required', families: ['guarantee'], rules: ['CLM-ASSURED-RETURN'] }, PROMISE),
    message({ outcome: 'clean', families: [] }, 'A SIP is a habit of saving.'),
  ].join('\n')

  it('measure themselves on labelled messages, by rule and family, and weakened in turn', async () => {
    const { status, stdout } = await pramaan(['rules', 'test', '--samples', 'two.jsonl'], '', { 'two.jsonl': labelled })
    expect(status).toBe(0)
    expect(stdout).toContain('| two.jsonl | 2 | 0.0 % | 100.0 % | 0.0 % | 0.0 % | 0.0 % | 100.0 % |')
    expect(stdout).toContain('| guarantee | 1 | 100.0 % | 1 | 100.0 % |')
    expect(stdout).toContain('| CLM-ASSURED-RETURN | 1 | 100.0 % | 1 | 100.0 % |')
    expect(stdout).toMatch(/\| \*\*all\*\* \| \d+ \| 0 \| \d+ \| \d\d\.\d % \|/)
  })

  it('end 2 on a file that is missing or holds no labelled messages, and name it', async () => {
    const missing = await pramaan(['rules', 'test', '--samples', 'none.jsonl'])
    const wrong = await pramaan(['rules', 'test', '--samples', 'two.jsonl'], '', { 'two.jsonl': `${labelled}\n{}` })
    expect([missing.status, wrong.status]).toEqual([2, 2])
    expect(wrong.stderr).toContain('line 3 of two.jsonl')
  })

  it('lists every rule with the digest of the pack', async () => {
    const { status, stdout } = await pramaan(['rules', 'list'])
    expect(status).toBe(0)
    expect(stdout).toContain('CLM-ASSURED-RETURN')
    expect(stdout).toMatch(/digest [0-9a-f]{64}/)
  })

  it('shows one rule with its source, and answers 2 on a rule that is none', async () => {
    expect((await pramaan(['rules', 'show', 'edu-lag-30d'])).stdout).toContain('2026-07-01 to open')
    expect((await pramaan(['rules', 'show', 'NO-SUCH-RULE'])).status).toBe(2)
  })
})

describe('keys rotate-jwt', () => {
  const oldKey = () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return { ...privateKey.export({ format: 'jwk' }), kid: 'old' }
  }

  it('reads a set from standard input and prints the one to deploy, new key first', async () => {
    const { status, stdout, stderr } = await pramaan(['keys', 'rotate-jwt'], JSON.stringify({ keys: [oldKey()] }))
    const [fresh, old] = JSON.parse(stdout).keys
    expect([status, old.kid]).toEqual([0, 'old'])
    expect(fresh).toMatchObject({ kty: 'EC', crv: 'P-256', d: expect.any(String) })
    expect(fresh.signsFrom).toBe(Date.parse('2026-11-22T12:10:00Z') / 1000)
    expect(stderr).toContain(`The key ${fresh.kid} signs from 2026-11-22T12:10:00.000Z on.`)
    expect(stderr).not.toContain(fresh.d)
  })

  it('changes the secrets of an embedded installation, leaves the rest, and keeps them private', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pramaan-keys-'))
    const file = join(folder, 'secrets.json')
    try {
      const settings = { KEYRING: 'k1:abc', JWT_KEYS: JSON.stringify({ keys: [oldKey()] }) }
      writeFileSync(file, JSON.stringify({ postgres: { app: 'x' }, settings }))
      const { status, stdout } = await pramaan(['keys', 'rotate-jwt', '--secrets', file, '--in-minutes', '0'])
      expect([status, stdout]).toEqual([0, ''])
      const changed = JSON.parse(readFileSync(file, 'utf8'))
      expect(changed).toMatchObject({ postgres: { app: 'x' }, settings: { KEYRING: 'k1:abc' } })
      expect(JSON.parse(changed.settings.JWT_KEYS).keys).toHaveLength(2)
      expect(statSync(file).mode & 0o777).toBe(0o600)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it.each([
    [[], 'no set'],
    [['--secrets', '/nowhere/secrets.json'], ''],
    [['--in-minutes', 'soon'], '{}'],
  ])('ends 2 and says why with %j', async (args, input) => {
    const { status, stdout, stderr } = await pramaan(['keys', 'rotate-jwt', ...args], input)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/JWK set|minutes/)
  })
})
