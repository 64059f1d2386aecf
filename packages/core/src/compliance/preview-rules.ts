import { schema } from '@pramaan/db'
import { istDay, RequestImpactInput, type RuleImpactView } from '@pramaan/shared'
import { and, eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import { type Ctx, userIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { defineJob } from '../platform/queue.ts'
import { command, steps } from '../platform/use-case.ts'
import { type Judges, startJudges } from './judge.ts'
import { keepBuildPack } from './keep-pack.ts'
import { type LiveText, readLiveTexts } from './live-texts.ts'
import { impactView, readImpact } from './rule-impacts.ts'
import { packDigest, packText, type RulePack } from './rule-pack.ts'
import { flipOf } from './rules/flip.ts'
import type { Rule } from './rules/index.ts'
import { readPackInForce } from './rules-in-force.ts'

const { ruleFlips, ruleImpacts, rulePacks } = schema

/** For how long one job reads on: well within the minute that it has. The next one goes on where it stopped. */
const SLICE_MS = 25_000
/** Texts that are read, and then judged, at once. */
const PAGE = 1_000
const BATCH = 100

export const previewRulesJob = defineJob('compliance.preview-rules', { impactId: z.uuid() })

/**
 * Makes a candidate out of the rules in force and a change to them, and has everything that may be sent judged by it.
 *
 * @throws AppError `invalid_input` when the rules do not compile
 */
export const requestImpact = steps({
  name: 'rule_impact.request',
  input: RequestImpactInput,
  async run(ctx, input): Promise<RuleImpactView> {
    await keepBuildPack(ctx)
    const base = await readBase(ctx)
    const pack = packText(candidateOf(base.pack, input))
    await requireCompiling(pack)
    return request(ctx, { version: input.version, baseDigest: base.digest, pack })
  },
})

/** The pack in force: what a candidate changes, and what its report compares with. */
async function readBase(ctx: Ctx): Promise<{ digest: string; pack: RulePack }> {
  const { digest } = await readPackInForce(ctx.db.read)
  const [row] = await ctx.db.read.select({ pack: rulePacks.pack }).from(rulePacks).where(eq(rulePacks.digest, digest))
  if (!row) throw new Error(`the pack in force, ${digest}, was not kept`)
  return { digest, pack: JSON.parse(row.pack) as RulePack }
}

function candidateOf(
  base: RulePack,
  { concepts, retire, rules, version }: z.output<typeof RequestImpactInput>,
): RulePack {
  const replaced = new Set([...retire, ...rules.map(({ id }) => id)])
  const kept = base.rules.filter(({ id }) => !replaced.has(id))
  return {
    ...base,
    version,
    rules: [...kept, ...(rules as unknown as Rule[])],
    concepts: { ...base.concepts, ...concepts },
  }
}

async function requireCompiling(pack: string): Promise<void> {
  const judges = await startJudges(pack, 1).catch((error: Error) => {
    throw new AppError('invalid_input', `These rules do not compile: ${error.message}`)
  })
  await judges.close()
}

const request = command({
  name: 'rule_impact.request',
  input: z.strictObject({ version: z.string(), baseDigest: z.string(), pack: z.string() }),
  async run(ctx, { baseDigest, pack, version }) {
    const digest = packDigest(pack)
    await ctx.tx.insert(rulePacks).values({ digest, version, pack, createdAt: ctx.now() }).onConflictDoNothing()
    const [row] = await ctx.tx
      .insert(ruleImpacts)
      .values({
        id: ctx.newId(),
        digest,
        baseDigest,
        requestedBy: userIdOf(ctx),
        createdAt: ctx.now(),
      })
      .returning()
    if (!row) throw new Error('an insert returned nothing')
    return {
      output: impactView({ impact: row, version }),
      audit: { action: 'rule_impact.requested', objectType: 'rule_impact', objectId: row.id, ruleSetDigest: digest },
      jobs: [previewRulesJob.with({ impactId: row.id })],
    }
  },
})

/**
 * The handler of `compliance.preview-rules`: judges one slice of what may be sent by the candidate, as if it were published
 * today, and records where it decides otherwise. A job that is repeated finds its slice recorded and stops.
 */
export async function previewRules(ctx: Ctx, payload: unknown): Promise<void> {
  const { impactId } = previewRulesJob.payload.parse(payload)
  const found = await readImpact(ctx.db.read, impactId)
  if (found?.impact.state !== 'running') return
  const judges = await startJudges(found.pack)
  try {
    await record(ctx, { impactId, before: found.impact.after, ...(await judgeSlice(ctx, judges, found.impact.after)) })
  } finally {
    await judges.close()
  }
}

const Flip = z.custom<Omit<typeof ruleFlips.$inferInsert, 'impactId'>>()
type Flip = z.infer<typeof Flip>
type Key = [advisorId: string, contentId: string] | null

/** Reads the next page while the threads judge the one before. */
async function judgeSlice(ctx: Ctx, judges: Judges, from: Key) {
  const today = istDay(ctx.now())
  const until = performance.now() + SLICE_MS
  const flips: Flip[] = []
  let after = from
  let judged = 0
  let judging: Promise<Flip[]> = Promise.resolve([])
  let page = await readLiveTexts(ctx.db.acrossAdvisors.read, after, PAGE)
  for (let last = page.at(-1); last && performance.now() < until; last = page.at(-1)) {
    const before = judging
    judging = flipsOfPage(judges, page, today)
    after = [last.advisorId, last.contentId]
    judged += page.length
    const [found, next] = await Promise.all([before, readLiveTexts(ctx.db.acrossAdvisors.read, after, PAGE)])
    flips.push(...found)
    page = next
  }
  flips.push(...(await judging))
  return { after, judged, flips, isLast: page.length === 0 }
}

async function flipsOfPage(judges: Judges, page: LiveText[], today: string): Promise<Flip[]> {
  const batches = Array.from({ length: Math.ceil(page.length / BATCH) }, (_, n) =>
    page.slice(n * BATCH, (n + 1) * BATCH),
  )
  return (await Promise.all(batches.map((batch) => flipsOf(judges, batch, today)))).flat()
}

async function flipsOf(judges: Judges, texts: LiveText[], today: string): Promise<Flip[]> {
  const rulings = await judges.judgeInShort(
    texts.map(({ text, input, firm }) => ({ text, input: { ...input, publicationDate: today }, firm })),
  )
  return texts.flatMap((text, n) => {
    const ruling = rulings[n]
    const failed = !ruling || ruling.failed !== undefined
    const to = failed ? null : ruling.outcome
    const direction = flipOf(text.outcome, to)
    if (direction === null) return []
    const before = new Set(text.rules)
    const now = new Set(failed ? [] : ruling.rules)
    const { advisorId, contentId, status, versionId } = text
    const rulesGone = failed ? [] : [...before].filter((id) => !now.has(id))
    const rulesNew = [...now].filter((id) => !before.has(id))
    return {
      advisorId,
      contentId,
      versionId,
      status,
      direction,
      fromOutcome: text.outcome,
      toOutcome: to,
      rulesGone,
      rulesNew,
    }
  })
}

/** Flips that are written in one statement. */
const ROWS = 1_000

const record = command({
  name: 'rule_impact.record',
  input: z.strictObject({
    impactId: z.uuid(),
    before: z.custom<Key>(),
    after: z.custom<Key>(),
    judged: z.int(),
    flips: z.array(Flip),
    isLast: z.boolean(),
  }),
  async run(ctx, { after, before, flips, impactId, isLast, judged }) {
    const stricter = flips.filter(({ direction }) => direction === 'stricter').length
    const failed = flips.filter(({ toOutcome }) => toOutcome === null).length
    const [row] = await ctx.tx
      .update(ruleImpacts)
      .set({
        after,
        judged: sql`${ruleImpacts.judged} + ${judged}`,
        stricter: sql`${ruleImpacts.stricter} + ${stricter}`,
        looser: sql`${ruleImpacts.looser} + ${flips.length - stricter}`,
        failed: sql`${ruleImpacts.failed} + ${failed}`,
        ...(isLast ? { state: 'done' as const, finishedAt: ctx.now() } : {}),
      })
      .where(
        and(
          eq(ruleImpacts.id, impactId),
          eq(ruleImpacts.state, 'running'),
          sql`${ruleImpacts.after} is not distinct from ${before === null ? null : JSON.stringify(before)}::jsonb`,
        ),
      )
      .returning()
    if (!row) return { output: null, unchanged: true }
    for (let n = 0; n < flips.length; n += ROWS) {
      await ctx.tx.insert(ruleFlips).values(flips.slice(n, n + ROWS).map((flip) => ({ ...flip, impactId })))
    }
    return {
      output: null,
      audit: {
        action: isLast ? 'rule_impact.finished' : 'rule_impact.slice_judged',
        objectType: 'rule_impact',
        objectId: impactId,
        ruleSetDigest: row.digest,
        detail: { judged: row.judged, stricter: row.stricter, looser: row.looser },
      },
      jobs: isLast ? [] : [previewRulesJob.with({ impactId })],
    }
  },
})
