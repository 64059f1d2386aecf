import { type Queries, schema } from '@pramaan/db'
import { istDay } from '@pramaan/shared'
import { desc, lt, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Ctx } from '../platform/context.ts'
import { command, steps } from '../platform/use-case.ts'
import { churnJob } from './jobs.ts'
import { observeFirms } from './observe-firms.ts'
import { report } from './report.ts'
import { FEATURE_NAMES, HORIZON_WEEKS, Observation } from './rules/churn-features.ts'
import { type ChurnExample, learnChurn, SHIPPED } from './rules/churn-model.ts'
import type { Logistic } from './rules/logistic.ts'
import { dayAfter, mondayOf } from './rules/range.ts'

const { churnModels, churnSnapshots } = schema

const HORIZON_DAYS = HORIZON_WEEKS * 7
/** Snapshots are kept for two years, and so far back it learns. */
const KEPT_DAYS = 728
/** What is learnt from at most, drawn by a hash: more would say little, and hold up the worker for longer than a second or two. */
const EXAMPLES = 20_000
/** A new model is looked for once a week. */
const LEARNS_EVERY_MS = 6.5 * 86_400_000

/** Job `analytics.churn`: observes all firms that pay, for this week, and learns from how it went in the weeks before. */
export async function studyChurn(ctx: Ctx, payload: unknown): Promise<void> {
  churnJob.payload.parse(payload)
  await observe(ctx, {})
  await learn(ctx, {})
}

const observe = steps({
  name: 'churn.observe',
  input: z.strictObject({}),
  async run(ctx) {
    const { result: firms } = await report(ctx, (queries) => observeFirms(queries, ctx.now()))
    await keepSnapshots(ctx, { firms })
  },
})

const keepSnapshots = command({
  name: 'churn.keep_snapshots',
  input: z.strictObject({
    firms: z.array(z.strictObject({ advisorId: z.uuid(), announced: z.boolean(), observation: Observation })),
  }),
  async run(ctx, { firms }) {
    const observedAt = ctx.now()
    const week = mondayOf(istDay(observedAt))
    await ctx.tx.delete(churnSnapshots).where(lt(churnSnapshots.week, dayAfter(week, -KEPT_DAYS)))
    // In one parameter, as there may be more firms than PostgreSQL takes parameters.
    await ctx.tx.execute(sql`
      insert into churn_snapshots (advisor_id, week, observation, announced, observed_at)
      select "advisorId", ${week}::date, observation, announced, ${observedAt.toISOString()}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(firms)}::jsonb)
        as firm ("advisorId" uuid, observation jsonb, announced boolean)
      on conflict (advisor_id, week) do update
      set observation = excluded.observation, announced = excluded.announced, observed_at = excluded.observed_at`)
    return { output: null, unchanged: true }
  },
})

/** The model in use. One whose features are no longer ours is out of use. */
export async function readModel(queries: Queries): Promise<typeof churnModels.$inferSelect | null> {
  const [newest] = await queries.select().from(churnModels).orderBy(desc(churnModels.learntAt)).limit(1)
  return newest && newest.features.join() === FEATURE_NAMES.join() ? newest : null
}

const learn = steps({
  name: 'churn.learn',
  input: z.strictObject({}),
  async run(ctx) {
    const week = mondayOf(istDay(ctx.now()))
    const { result } = await report(ctx, async (queries) => {
      const present = await readModel(queries)
      const isDue = !present || ctx.now().getTime() - present.learntAt.getTime() >= LEARNS_EVERY_MS
      return { present, examples: isDue ? await readExamples(queries, week) : [] }
    })
    const learnt = learnChurn(result.examples, result.present?.model ?? SHIPPED)
    if (learnt) await keepModel(ctx, learnt)
  },
})

/** Firms of weeks whose outcome is known: both this week and the one at the horizon are over and were observed. */
async function readExamples(queries: Queries, week: string): Promise<ChurnExample[]> {
  const { rows } = await queries.execute<{
    firm: string
    week: number
    observation: Observation
    churned: boolean
  }>(sql`
    select s.advisor_id as firm, (s.week - date '1970-01-05') / 7 as week, s.observation, later.advisor_id is null as churned
    from churn_snapshots s
      left join churn_snapshots later on later.advisor_id = s.advisor_id and later.week = s.week + ${HORIZON_DAYS}::int
    where not s.announced and s.week + ${HORIZON_DAYS}::int < ${week}::date
      and exists (select from churn_snapshots seen where seen.week = s.week + ${HORIZON_DAYS}::int)
    order by md5(s.advisor_id::text || s.week::text) limit ${EXAMPLES}`)
  return rows
}

const keepModel = command({
  name: 'churn.keep_model',
  input: z.strictObject({
    model: z.custom<Logistic>(),
    quality: z.strictObject({ examples: z.int(), churned: z.int(), auc: z.number(), brier: z.number() }),
  }),
  async run(ctx, { model, quality }) {
    const id = ctx.newId()
    await ctx.tx.insert(churnModels).values({ id, features: FEATURE_NAMES, model, quality, learntAt: ctx.now() })
    const audit = { action: 'churn_model.learnt', objectType: 'churn_model', objectId: id, detail: quality }
    return { output: null, audit }
  },
})
