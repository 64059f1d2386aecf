import { type Db, schema } from '@pramaan/db'
import { openNote, readCheckpoint, type VerifierKey } from '@pramaan/verifier'
import { desc, eq } from 'drizzle-orm'
import { readCheckpoints } from './checkpoints.ts'
import { hashReader } from './read-hashes.ts'
import { consistencyPath } from './rules/merkle.ts'

/** An independent process that cosigns what follows from all it saw (C2SP tlog-witness). */
export interface AuditWitness {
  readonly url: string
  readonly key: VerifierKey
}

const TIMEOUT_MS = 5_000

/**
 * Shows the newest checkpoint to the witness, with the proof that it adds to the one that the witness saw last, and keeps
 * the cosignature. Nothing to do when it has seen it already.
 *
 * @returns the size that was cosigned, or null
 * @throws Error when the witness refuses: it has seen another history, or a longer one, or it cannot be reached
 */
export async function witnessHead({ db }: { db: Db }, witness: AuditWitness): Promise<number | null> {
  const [newest] = await readCheckpoints(db.read, { limit: 1 })
  if (!newest || newest.witnesses.includes(witness.key.name)) return null
  const { auditCosignatures } = schema
  const mine = eq(auditCosignatures.witness, witness.key.name)
  const [known] = await db.read
    .select({ size: auditCosignatures.size })
    .from(auditCosignatures)
    .where(mine)
    .orderBy(desc(auditCosignatures.size))
    .limit(1)
  // Without the lines of other witnesses, which it has no use for.
  const note = newest.note
    .split('\n')
    .filter((line) => !newest.witnesses.some((name) => line.startsWith(`\u2014 ${name} `)))
    .join('\n')
  const show = async (old: number) => {
    const hashes = await hashReader(db.pool)(consistencyPath(old, newest.size))
    const lines = [`old ${old}`, ...hashes.map((hash) => hash.toString('base64'))]
    return ask(witness, `${lines.join('\n')}\n\n${note}`)
  }
  let answer = await show(known?.size ?? 0)
  if (answer.status === 409) {
    // It tells what it saw last: an answer of its was lost on the way, or the log was set back.
    const seen = Number(answer.text)
    if (!(seen <= newest.size)) throw new Error(`the witness has seen ${seen} entries, and ${newest.size} are here`)
    answer = await show(seen)
  }
  if (answer.status !== 200)
    throw new Error(`the witness refused ${newest.size} entries: ${answer.status} ${answer.text}`)
  openNote(note + answer.text, [witness.key])
  const line = answer.text.trimEnd()
  await db.read
    .insert(auditCosignatures)
    .values({ size: newest.size, witness: witness.key.name, line })
    .onConflictDoNothing()
  return newest.size
}

/**
 * Compares this log with what the witness saw last, before anything is sealed: a database that was set back to an earlier
 * moment must not go on under the same numbers, as nobody could tell that from a rewritten history.
 *
 * @throws Error when the witness has seen more than is here
 */
export async function requireNotBehind({ db }: { db: Db }, { url }: AuditWitness, logKeys: readonly VerifierKey[]) {
  const response = await fetch(`${url}/checkpoint`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (response.status === 404) return
  const seen = readCheckpoint(openNote(await response.text(), logKeys).text)
  const [head] = await db.read
    .select({ size: schema.auditHeads.size })
    .from(schema.auditHeads)
    .orderBy(desc(schema.auditHeads.size))
    .limit(1)
  if (seen.size > BigInt(head?.size ?? 0)) {
    throw new Error(`the witness has seen ${seen.size} entries, and ${head?.size ?? 0} are here: the log was set back`)
  }
}

async function ask({ url }: AuditWitness, body: string): Promise<{ status: number; text: string }> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body, signal })
  return { status: response.status, text: await response.text() }
}
