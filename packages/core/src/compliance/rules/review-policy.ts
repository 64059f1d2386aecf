import type { Finding, Outcome, ReviewKind } from '@pramaan/shared'

/** From this score on two officers must approve (`scoring.md`, "Thresholds"). */
const FOUR_EYES_SCORE = 60

/** Below this score one officer decides, and a part of the approvals is looked at again. */
const LIGHT_BELOW = 25

/** How many approvals are looked at a second time: of light reviews one in ten, of those by policy one in fifty. */
export const SECOND_LOOK_RATE = { reviewer: 0.1, policy: 0.02 } as const

/** No person may set these aside: statutory warnings and identity, personal data, market abuse (`scoring.md`, "Thresholds"). */
const NEVER_FAMILIES: readonly string[] = ['disclosure', 'privacy', 'market_integrity']
/** Nor what somebody else has to allow, or what is frozen at once. */
export const NEVER_RULES: readonly string[] = ['INS-INSURER-APPROVAL', 'PROC-PRIOR-APPROVAL', 'LIC-ACCOUNT-HANDLING']

export const approvalsNeeded = (kind: ReviewKind, score: number): 1 | 2 =>
  kind !== 'second_look' && score >= FOUR_EYES_SCORE ? 2 : 1

export const isLight = (score: number): boolean => score < LIGHT_BELOW

export const mayBeOverridden = (finding: Finding): boolean =>
  !NEVER_FAMILIES.includes(finding.family) && !NEVER_RULES.includes(finding.ruleId)

/** The places of the findings that bar an approval until every approving officer has set them aside. */
export const barringFindings = ({ outcome, findings }: { outcome: Outcome; findings: readonly Finding[] }): number[] =>
  outcome === 'changes_required'
    ? findings.flatMap(({ severity }, place) => (severity === 'block' || severity === 'high' ? [place] : []))
    : []

/** Whether an item is drawn, from 4 bytes of a keyed hash of its id: nobody outside can tell, and anybody inside can repeat it. */
export const isDrawn = (hash: Buffer, rate: number): boolean => hash.readUInt32BE(0) / 2 ** 32 < rate
