import type { Findings } from './findings.ts'
import { openNote, type VerifierKey } from './signed-note.ts'

/**
 * Whether a note is cosigned by a known witness. A line under the name of one that its key did not sign is a finding: nobody
 * but a forger writes it.
 */
export function isWitnessed(note: string, keys: readonly VerifierKey[], where: string, findings: Findings): boolean {
  if (!keys.some(({ name }) => note.includes(`\u2014 ${name} `))) return false
  try {
    openNote(note, keys)
    return true
  } catch {
    findings.add('bad_cosignature', where)
    return false
  }
}
