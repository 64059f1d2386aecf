import type { Findings } from './findings.ts'
import { type LoggedEntry, leafDocument, type Place } from './leaf-document.ts'
import { hashLeaf } from './merkle.ts'

/** A leaf whose hash is not that of its entry at its place. */
export interface Mismatch {
  readonly place: Place
  readonly entry: LoggedEntry
  readonly hash: Buffer
}

/** Among how many mismatches pairs are looked for; beyond it every one counts as an edit. */
const PAIRED = 100
/** By how many places entries are looked for that moved up or down. */
const SHIFTS = [1, -1, 2, -2, 3, -3]

/** Tells what was done to leaves that do not match: exchanged, moved by a deletion or an insertion, or edited. */
export function explainMismatches(
  log: string,
  otherLogs: readonly string[],
  mismatches: readonly Mismatch[],
  findings: Findings,
): void {
  const paired = mismatches.slice(0, PAIRED)
  for (const one of mismatches) {
    const { index } = one.place
    const where = `entry ${one.entry.id} at place ${index}`
    const foreign = otherLogs.find((name) => isSealedAs(name, one, one.place, one.hash))
    const exchanged = paired.find((other) => other !== one && belongsTo(log, one, other) && belongsTo(log, other, one))
    const shift = SHIFTS.find((by) => wasMoved(log, one, by))
    if (foreign !== undefined) findings.add('spliced', `${where} was sealed in the log ${foreign}`)
    else if (exchanged) findings.add('reordered', `${where} belongs to place ${exchanged.place.index}`)
    else if (shift === undefined) findings.add('edited', where)
    else if (shift > 0) findings.add('deleted', `${shift} before ${where}, which was sealed at place ${index + shift}`)
    else findings.add('inserted', `${-shift} before ${where}, which was sealed at place ${index + shift}`)
  }
}

const isSealedAs = (log: string, { entry }: Mismatch, place: Place, hash: Buffer): boolean =>
  hashLeaf(leafDocument(log, entry, place)).equals(hash)

/** Whether an entry was sealed at the place of another: it left its leaf there, or took it along, with its number or not. */
const belongsTo = (log: string, one: Mismatch, { place, hash }: Mismatch): boolean =>
  isSealedAs(log, one, place, hash) ||
  isSealedAs(log, one, place, one.hash) ||
  isSealedAs(log, one, { ...one.place, index: place.index }, one.hash)

/** Whether a leaf was sealed `by` places further on, in its stream as many as that or none. */
const wasMoved = (log: string, one: Mismatch, by: number): boolean => {
  const moved = { ...one.place, index: one.place.index + by }
  const sequences = [one.place.sequence, one.place.sequence + by]
  return sequences.some((sequence) => isSealedAs(log, one, { ...moved, sequence }, one.hash))
}
