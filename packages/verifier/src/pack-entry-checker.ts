import { canonicalJson } from './canonical-json.ts'
import type { Findings } from './findings.ts'
import { hashLeaf, provesInclusion } from './merkle.ts'
import type { Checkpoint } from './signed-note.ts'

/** What a pack promises about its entries. */
interface Promised {
  readonly packId: string
  readonly log: string
  readonly advisorId: string
  readonly from: string
  readonly until: string
  readonly firstSequence: number
  readonly lastSequence: number
  readonly kinds: readonly string[]
}

interface LeafFacts {
  log: string
  index: number
  stream: string
  sequence: number
  at: string
  action: string
  objectType: string
  objectId: string
  body: { outcome?: string; versionHash?: string; detail?: Record<string, unknown> }
}

/** The steps that each stand for one row of a kind, and what names that row. */
const STANDS_FOR: Record<string, [kind: string, nameOf: (facts: LeafFacts) => unknown][]> = {
  'content.created': [
    ['contents', ({ objectId }) => objectId],
    ['versions', ({ body }) => body.versionHash],
  ],
  'content.revised': [['versions', ({ body }) => body.versionHash]],
  'content.approved': [['approvals', ({ body }) => body.detail?.approvalId]],
  'compliance.verdict_given': [['verdicts', ({ body }) => body.detail?.verdictId]],
  'compliance.model_consulted': [['ai-uses', ({ body }) => body.detail?.aiUseId]],
  // Its step stands in the life of the text, too.
  'campaign.created': [['campaigns', ({ objectId, objectType }) => (objectType === 'campaign' ? objectId : null)]],
  'invoice.issued': [['invoices', ({ objectId }) => objectId]],
  'credit_note.issued': [['invoices', ({ objectId }) => objectId]],
}
const COUNTED = [...new Set(Object.values(STANDS_FOR).flatMap((all) => all.map(([kind]) => kind)))]

/**
 * Checks the entries of a pack in the order of their numbers: each is proven to stand in the log, none is left out
 * between the first and the last, the first lies before the period unless the log begins with it, and the last is the
 * export of this pack, so that nothing could be cut off at either end.
 */
export function packEntryChecker(promised: Promised, checkpoint: Checkpoint, findings: Findings) {
  /** By kind, the names of the rows that the entries of the period speak of. */
  const logged = new Map(COUNTED.map((kind) => [kind, new Set<string>()]))
  let next = promised.firstSequence
  let count = 0
  let last: LeafFacts | null = null
  return {
    logged,
    check(line: string): void {
      const { leaf, proof } = JSON.parse(line) as { leaf: string; proof: string[] }
      const facts = JSON.parse(leaf) as LeafFacts
      const where = `entry number ${facts.sequence} of the advisor`
      const hashes = proof.map((hash) => Buffer.from(hash, 'base64'))
      const proven = provesInclusion(hashLeaf(leaf), BigInt(facts.index), checkpoint.size, hashes, checkpoint.root)
      if (!proven || canonicalJson(facts) !== leaf) findings.add('edited', `${where}: its proof does not hold`)
      if (facts.log !== promised.log) findings.add('spliced', `${where} is of the log ${facts.log}`)
      if (facts.stream !== promised.advisorId) findings.add('inserted', `${where} is of another advisor`)
      if (facts.sequence > next) findings.add('deleted', `numbers ${next} to ${facts.sequence - 1} of the advisor`)
      if (facts.sequence < next) findings.add('reordered', `${where} comes after number ${next - 1}`)
      if (count === 0 && facts.sequence > 1 && facts.at >= promised.from) {
        findings.add('incomplete', `entries before number ${facts.sequence} may lie in the period`)
      }
      next = facts.sequence + 1
      count += 1
      last = facts
      if (facts.at < promised.from || facts.at >= promised.until || facts.body.outcome !== 'done') return
      for (const [kind, nameOf] of STANDS_FOR[facts.action] ?? []) {
        const name = nameOf(facts)
        if (typeof name === 'string') logged.get(kind)?.add(name)
      }
    },
    /** @returns how many entries there were */
    end(): number {
      if (next !== promised.lastSequence + 1) findings.add('truncated', `numbers ${next} to ${promised.lastSequence}`)
      else if (last?.action !== 'pack.exported' || last.objectId !== promised.packId) {
        findings.add('truncated', 'the last entry is not the export of this pack')
      } else if (JSON.stringify(last.body.detail?.kinds) !== JSON.stringify(promised.kinds)) {
        findings.add('incomplete', `${promised.kinds} are in it, ${last.body.detail?.kinds} were asked for`)
      }
      return count
    },
  }
}
