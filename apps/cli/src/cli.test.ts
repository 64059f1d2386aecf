import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const BIN = fileURLToPath(new URL('../bin/pramaan.mjs', import.meta.url))

/** Runs the command as a shell would, with the Node that runs the tests. */
const pramaan = (args: readonly string[], input = '') => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { input, encoding: 'utf8' })
  return { status, stdout, stderr }
}

const PROMISE = 'Invest with me: guaranteed 15% returns every year, zero risk!'

describe('pramaan check', () => {
  it('ends 0 on a clean text and says so', () => {
    const { status, stdout } = pramaan(['check', 'Please keep your nominee details up to date.', '--as', 'MFD'])
    expect({ status, first: stdout.split('\n')[0] }).toEqual({ status: 0, first: 'CLEAN: no finding (score 0 of 100)' })
  })

  it('ends 1 on findings and shows the place, the clause and the fix', () => {
    const { status, stdout } = pramaan(['check', PROMISE, '--as', 'MFD'])
    expect(status).toBe(1)
    expect(stdout).toContain('^^^^')
    expect(stdout).toMatch(/Clause: .*CIR/)
    expect(stdout).toContain('Fix: ')
  })

  it('prints a verdict whose spans cut the quotes out of the text with --json', () => {
    const { status, stdout } = pramaan(['check', '-', '--as', 'mfd', '--json'], PROMISE)
    const verdict = JSON.parse(stdout)
    expect(status).toBe(1)
    expect(verdict.outcome).toBe('changes_required')
    for (const { span, quote } of verdict.findings) expect(PROMISE.slice(span.start, span.end)).toBe(quote)
  })

  it('judges by the rules of the given day', () => {
    const text = 'Our model portfolio returned 31% last year.'
    const ruleIds = (day: string) => JSON.parse(pramaan(['check', text, '--as', 'RA', '--json', '--date', day]).stdout).findings.map((finding: { ruleId: string }) => finding.ruleId)
    expect(ruleIds('2025-10-29')).toContain('PERF-OWN-BARRED')
    expect(ruleIds('2025-10-30')).not.toContain('PERF-OWN-BARRED')
  })

  it('never prints a character that a terminal would obey', () => {
    const { stdout } = pramaan(['check', 'Guaranteed\u202e returns\u001b[31m of 15%', '--as', 'MFD'])
    expect(stdout).not.toMatch(/[\u001b\u202e]/)
  })

  it.each([
    ['no text', ['check', '--as', 'MFD']],
    ['no licence', ['check', 'text']],
    ['an unknown licence', ['check', 'text', '--as', 'CA']],
    ['a day that is none', ['check', 'text', '--as', 'MFD', '--date', '2026-02-30']],
    ['an empty text', ['check', '  ', '--as', 'MFD']],
    ['an unknown channel', ['check', 'text', '--as', 'MFD', '--channel', 'fax']],
    ['an unknown command', ['chek', 'text']],
    ['an unknown option', ['check', 'text', '--as', 'MFD', '--fast']],
  ])('ends 2 on %s', (_name, args) => {
    const { status, stderr } = pramaan(args)
    expect(status).toBe(2)
    expect(stderr).not.toContain('    at ')
  })
})

describe('pramaan rules', () => {
  it('lists every rule with the digest of the pack', () => {
    const { status, stdout } = pramaan(['rules', 'list'])
    expect(status).toBe(0)
    expect(stdout).toContain('CLM-ASSURED-RETURN')
    expect(stdout).toMatch(/digest [0-9a-f]{64}/)
  })

  it('shows one rule with its source, and ends 2 on a rule that is none', () => {
    expect(pramaan(['rules', 'show', 'edu-lag-30d']).stdout).toContain('2026-07-01 to open')
    expect(pramaan(['rules', 'show', 'NO-SUCH-RULE']).status).toBe(2)
  })
})
