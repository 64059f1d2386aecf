import { explainMismatches, type Mismatch } from './explain-mismatches.ts'
import { collectFindings, type Finding, type FindingKind, type Findings, type Report } from './findings.ts'
import { type LoggedEntry, leafDocument, type Place, streamOf } from './leaf-document.ts'
import { growingTree, hashLeaf } from './merkle.ts'
import { nodeChecker, type StoredNode } from './node-checker.ts'
import { receiptChecker } from './receipts.ts'
import { type Checkpoint, openNote, readCheckpoint, type VerifierKey } from './signed-note.ts'
import { isWitnessed } from './witnessed.ts'

/** A leaf as it is stored, with the entry that it points to. */
export interface StoredLeaf {
  readonly place: Place
  readonly entryId: string
  readonly hash: Buffer
  readonly entry: LoggedEntry | null
}

/** A whole log as somebody hands it over. Nothing of it is believed. */
export interface LogSource {
  /** In the order of their places. */
  readonly leaves: AsyncIterable<StoredLeaf>
  /** Signed notes in the order of their sizes, cosignatures included. */
  readonly notes: AsyncIterable<string>
  readonly nodes: AsyncIterable<StoredNode>
  /** The numbers of entries that are neither sealed nor waiting for it. */
  readonly hidden: AsyncIterable<string>
  /** Entries that wait for their sealing. */
  readonly waiting: AsyncIterable<LoggedEntry>
  /** How long the oldest waiting entry waits; 0 when none does. */
  readonly mergeDelayMs: number
}

/** What the verifier brings along: it decides what the source is measured against. */
export interface Trust {
  /** The name of the log. */
  readonly origin: string
  readonly logKeys: readonly VerifierKey[]
  /** When there are any, the newest checkpoint must be cosigned by one. */
  readonly witnessKeys: readonly VerifierKey[]
  /** Checkpoints that were kept outside: signed notes that a witness or a person saw earlier. */
  readonly savedNotes: readonly string[]
  /** Receipts that were kept outside: signed promises that an entry is in the log or will be. */
  readonly receipts?: readonly string[]
}

/** The maximum merge delay that Pramaan states. */
const MAXIMUM_MERGE_DELAY_MS = 60_000
/** Entries get their time before they are committed, so that neighbours may be seconds apart, in either direction. */
const BACKDATED_MS = 600_000
const MISMATCHES = 1_000
const LEAVES_DIFFER: readonly FindingKind[] = ['deleted', 'inserted', 'reordered']

/** What was seen of the signed history. */
interface Signed {
  last: Checkpoint | null
  /** Sizes at which the tree has another root than was signed. */
  wrong: number[]
  lastGood: number
  witnessed: boolean
  foreignLogs: string[]
}

/**
 * Recomputes a whole log: each entry, each leaf, the root at each signed size, the numbering of each advisor, and what
 * was kept outside of it. Holds one page of it at a time.
 */
export async function verifyLog(source: LogSource, trust: Trust): Promise<Report & { size: number }> {
  const findings = collectFindings()
  const nodes = nodeChecker()
  const tree = growingTree(nodes.add)
  const walk = leafWalk(trust.origin, findings)
  const signed: Signed = { last: null, wrong: [], lastGood: 0, witnessed: false, foreignLogs: [] }
  const notes = source.notes[Symbol.asyncIterator]()
  const saved = savedCheckpoints(trust, findings)
  const receipts = receiptChecker(trust, findings)
  const rootsAtSaved = new Map<bigint, Buffer>()
  let next = await nextCheckpoint(notes, trust, findings, signed)
  const compare = async () => {
    if (saved.some(({ size }) => size === tree.size)) rootsAtSaved.set(tree.size, tree.root())
    while (next && next.size <= tree.size) {
      if (next.size < tree.size || !next.root.equals(tree.root())) signed.wrong.push(Number(next.size))
      else signed.lastGood = Number(next.size)
      signed.last = next
      next = await nextCheckpoint(notes, trust, findings, signed)
    }
  }
  await compare()
  for await (const leaf of source.leaves) {
    walk.check(leaf)
    if (leaf.entry) receipts.check(leaf.entry)
    tree.add(leaf.hash)
    if (next?.size === tree.size || saved.length > 0) await compare()
  }
  for (; next; next = await nextCheckpoint(notes, trust, findings, signed)) {
    findings.add('truncated', `${next.size} entries were signed, ${tree.size} are there`)
    signed.last = next
  }
  await walk.end(source.hidden, signed.foreignLogs)
  for await (const entry of source.waiting) receipts.check(entry)
  receipts.end()
  // Where leaves are known to be others than those sealed, every root after them is wrong, which says nothing new.
  if (!LEAVES_DIFFER.some(findings.has)) {
    reportWrongRoots(signed, findings)
    await nodes.compare(source.nodes, findings)
  }
  compareSaved(saved, rootsAtSaved, tree.size, findings)
  reportStanding(source, trust, signed, Number(tree.size), findings)
  return { ...findings.report(), size: Number(tree.size) }
}

/** Looks at each leaf by itself and in its stream. */
function leafWalk(origin: string, findings: Findings) {
  const mismatches: Mismatch[] = []
  const missing = new Map<string, number>()
  const sequences = new Map<string, number>()
  const numbering: Finding[] = []
  let expected = 0
  let newest = 0
  return {
    check(leaf: StoredLeaf) {
      const { place, entry, hash } = leaf
      if (place.index !== expected) findings.add('deleted', `places ${expected} to ${place.index - 1} are empty`)
      expected = place.index + 1
      const before = sequences.get(place.stream) ?? 0
      sequences.set(place.stream, place.sequence)
      if (place.sequence > before + 1) {
        const count = place.sequence - before - 1
        numbering.push({ kind: 'deleted', where: `${count} of advisor ${place.stream} before place ${place.index}` })
      } else if (place.sequence !== before + 1) {
        const where = `number ${place.sequence} of advisor ${place.stream} stands twice, at place ${place.index}`
        numbering.push({ kind: 'inserted', where })
      }
      if (!entry) {
        missing.set(leaf.entryId, place.index)
        return
      }
      const at = Date.parse(entry.at)
      if (at < newest - BACKDATED_MS)
        findings.add('backdated', `entry ${entry.id} at place ${place.index}: ${entry.at}`)
      newest = Math.max(newest, at)
      const sealed = streamOf(entry) === place.stream && hashLeaf(leafDocument(origin, entry, place)).equals(hash)
      if (!sealed && mismatches.length < MISMATCHES) mismatches.push({ place, entry, hash })
    },
    async end(hidden: AsyncIterable<string>, foreignLogs: readonly string[]) {
      explainMismatches(origin, foreignLogs, mismatches, findings)
      // The numbers are part of what is hashed: where hashes differ, these only repeat it in other words.
      if (mismatches.length === 0)
        for (const { kind, where } of numbering.slice(0, MISMATCHES)) findings.add(kind, where)
      for await (const id of hidden) {
        // It is there under its number, and not at the time under which it was sealed.
        if (missing.delete(id)) findings.add('edited', `entry ${id}: its time was changed`)
        else findings.add('hidden', `entry ${id}`)
      }
      for (const [id, index] of missing) findings.add('deleted', `entry ${id} at place ${index}`)
    },
  }
}

/** The next checkpoint of this log with a good signature, past those that are none. */
async function nextCheckpoint(
  notes: AsyncIterator<string>,
  trust: Trust,
  findings: Findings,
  signed: Signed,
): Promise<Checkpoint | null> {
  for (let next = await notes.next(); !next.done; next = await notes.next()) {
    const note = next.value
    const claimed = firstLines(note)
    try {
      const checkpoint = readCheckpoint(openNote(note, trust.logKeys).text)
      if (checkpoint.origin !== trust.origin) throw new Error('another log')
      signed.witnessed = isWitnessed(note, trust.witnessKeys, claimed, findings)
      return checkpoint
    } catch {
      const [origin = ''] = note.split('\n')
      if (origin === trust.origin || origin === '') findings.add('bad_signature', claimed)
      else {
        signed.foreignLogs.push(origin)
        findings.add('spliced', `a checkpoint of the log ${origin}: ${claimed}`)
      }
    }
  }
  return null
}

const firstLines = (note: string): string => {
  const [origin = '', size = ''] = note.split('\n')
  return `checkpoint of ${origin} over ${size} entries`
}

function savedCheckpoints({ savedNotes, logKeys, witnessKeys, origin }: Trust, findings: Findings): Checkpoint[] {
  return savedNotes.flatMap((note) => {
    try {
      const checkpoint = readCheckpoint(openNote(note, [...logKeys, ...witnessKeys]).text)
      if (checkpoint.origin === origin) return [checkpoint]
    } catch {
      // What nobody known has signed proves nothing, and saying nothing would look like a comparison.
    }
    findings.add('malformed', `the checkpoint that was kept: ${firstLines(note)}`)
    return []
  })
}

/** A root that is wrong before one that is right again: the end of another history was put on. */
function reportWrongRoots({ wrong, lastGood }: Signed, findings: Findings): void {
  for (const size of wrong) {
    if (size < lastGood) findings.add('spliced', `what was signed at ${size} entries, and at ${lastGood}`)
    else findings.add('rewritten', `among the entries up to place ${size - 1}, from place ${lastGood} on`)
  }
}

function compareSaved(
  saved: readonly Checkpoint[],
  roots: ReadonlyMap<bigint, Buffer>,
  size: bigint,
  findings: Findings,
): void {
  for (const checkpoint of saved) {
    if (checkpoint.size > size) findings.add('rolled_back', `${checkpoint.size} entries were seen, ${size} are there`)
    else if (!roots.get(checkpoint.size)?.equals(checkpoint.root)) {
      findings.add('forked', `what was seen at ${checkpoint.size} entries is not what is there`)
    }
  }
}

/** What is late rather than wrong. */
function reportStanding(source: LogSource, trust: Trust, signed: Signed, size: number, findings: Findings): void {
  const { mergeDelayMs } = source
  if (mergeDelayMs > MAXIMUM_MERGE_DELAY_MS) findings.add('stalled', `for ${Math.round(mergeDelayMs / 1000)} seconds`)
  const covered = Number(signed.last?.size ?? 0)
  if (covered < size) findings.add('unsealed', `${size - covered} entries`)
  if (trust.witnessKeys.length > 0 && signed.last && !signed.witnessed) {
    findings.add('unwitnessed', `the checkpoint over ${signed.last.size} entries`)
  }
}
