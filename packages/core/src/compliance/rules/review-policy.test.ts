import { createHash } from 'node:crypto'
import type { Finding } from '@pramaan/shared'
import { expect, test } from 'vitest'
import { RULE_SET } from './index.ts'
import { approvalsNeeded, barringFindings, isDrawn, mayBeOverridden, NEVER_RULES } from './review-policy.ts'

const finding = (ruleId: string, family: string, severity: Finding['severity'] = 'block'): Finding => ({
  ruleId,
  family,
  severity,
  stage: 1,
  clause: '',
  message: '',
  span: null,
  quote: '',
})

test('from a score of 60 on two officers are needed, and one for a second look', () => {
  expect([0, 25, 59].map((score) => approvalsNeeded('decision', score))).toEqual([1, 1, 1])
  expect([60, 99, 100].map((score) => approvalsNeeded('decision', score))).toEqual([2, 2, 2])
  expect(approvalsNeeded('appeal', 100)).toBe(2)
  expect(approvalsNeeded('second_look', 100)).toBe(1)
})

test('nobody sets aside statutory warnings, identity, personal data, market abuse, or what others must allow', () => {
  const never = RULE_SET.rules.filter(({ id, family, severity }) => !mayBeOverridden(finding(id, family, severity)))
  const ids = never.map(({ id }) => id)
  expect(ids).toEqual(expect.arrayContaining(['DISC-W1-WARNING', 'DISC-W2-REGISTRATION', 'DISC-W4-MF-WARNING']))
  expect(ids).toEqual(expect.arrayContaining(['DISC-IDENTITY-IA-RA', 'DATA-PII', 'MKT-ABUSE', ...NEVER_RULES]))
  expect(ids).not.toContain('CLM-ASSURED-RETURN')
})

test('what sent a text back bars its approval, and nothing bars that of a text which was not sent back', () => {
  const findings = [
    finding('A', 'a', 'block'),
    finding('B', 'b', 'high'),
    finding('C', 'c', 'medium'),
    finding('D', 'd', 'low'),
  ]
  expect(barringFindings({ outcome: 'changes_required', findings })).toEqual([0, 1])
  expect(barringFindings({ outcome: 'review', findings: findings.slice(1) })).toEqual([])
})

test('of many items the part that is drawn for a second look is close to the rate', () => {
  const hashes = Array.from({ length: 20_000 }, (_, n) => createHash('sha256').update(String(n)).digest())
  for (const rate of [0.02, 0.1]) {
    const drawn = hashes.filter((hash) => isDrawn(hash, rate)).length / hashes.length
    expect(Math.abs(drawn - rate)).toBeLessThan(0.01)
  }
  expect(hashes.some((hash) => isDrawn(hash, 0))).toBe(false)
  expect(hashes.every((hash) => isDrawn(hash, 1))).toBe(true)
})
