import { type Queries, schema, statement } from '@pramaan/db'
import { desc, eq, isNotNull, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import { composedDigest, RULE_SET } from './rules/index.ts'

const { firmRuleSets, ruleImpacts } = schema

/**
 * A pack under which approvals still count. That in force has no `reportedAt`. An earlier one counts for what was approved
 * before the report on its successor was begun, as that report judged it, and unless a report of `impacts` found it refused.
 */
export interface Ancestor {
  readonly digest: string
  readonly reportedAt: Date | null
  readonly impacts: readonly string[]
}

export interface PackInForce {
  readonly digest: string
  /** The pack in force, and those that it followed by activations. */
  readonly lineage: readonly Ancestor[]
}

/** By what a firm's texts are judged now. `digest` is that of the pack and the firm's rules together. */
export interface RulesInForce {
  readonly pack: PackInForce
  readonly firm: { readonly version: number; readonly digest: string } | null
  readonly digest: string
}

const selectActivations = statement((queries) =>
  queries
    .select({
      id: ruleImpacts.id,
      digest: ruleImpacts.digest,
      baseDigest: ruleImpacts.baseDigest,
      createdAt: ruleImpacts.createdAt,
    })
    .from(ruleImpacts)
    .where(isNotNull(ruleImpacts.activatedAt))
    .prepare('rules_activated'),
)

type Activation = Awaited<ReturnType<ReturnType<typeof selectActivations>['execute']>>[number]

const selectFirmRules = statement((queries) =>
  queries
    .select({ version: firmRuleSets.version, digest: firmRuleSets.digest })
    .from(firmRuleSets)
    .where(eq(firmRuleSets.advisorId, sql.placeholder('advisorId')))
    .orderBy(desc(firmRuleSets.version))
    .limit(1)
    .prepare('firm_rules_newest'),
)

/** From the pack of a build along the activations that follow it, and back from there along all that led to it. */
export function packInForce(build: string, activations: readonly Activation[]): PackInForce {
  const next = new Map(activations.map((one) => [one.baseDigest, one]))
  const before = new Map(activations.map((one) => [one.digest, one]))
  let digest = build
  for (let step = next.get(digest); step; step = next.get(digest)) digest = step.digest
  const lineage: Ancestor[] = [{ digest, reportedAt: null, impacts: [] }]
  for (let step = before.get(digest); step; step = before.get(step.baseDigest)) {
    const impacts = [step.id, ...(lineage.at(-1)?.impacts ?? [])]
    lineage.push({ digest: step.baseDigest, reportedAt: step.createdAt, impacts })
  }
  return { digest, lineage }
}

/**
 * The pack by which every process of this build judges from this statement on: that of the build, or what two
 * administrators made of it since. Asked for each check and each sending, so that none goes by a pack that is no longer in
 * force.
 */
export async function readPackInForce(queries: Queries): Promise<PackInForce> {
  return packInForce(RULE_SET.digest, await selectActivations(queries).execute({}))
}

/** As `readPackInForce`, with the rules that a firm adds; null is nobody's. */
export async function readRulesInForce(queries: Queries, advisorId: string | null): Promise<RulesInForce> {
  const [pack, [newest]] = await Promise.all([
    readPackInForce(queries),
    selectFirmRules(queries).execute({ advisorId }),
  ])
  const firm = newest ?? null
  return { pack, firm, digest: composedDigest(pack.digest, firm?.digest ?? null) }
}

/** `composedDigest` of a pack and the newest rules of a firm, in SQL. */
export const digestForFirm = (advisorId: SQLWrapper, pack: SQLWrapper | string): SQL => sql`coalesce(
  (select encode(sha256(convert_to('{"firm":"' || f.digest || '","pack":"' || ${pack}::text || '"}', 'UTF8')), 'hex')
    from firm_rule_sets f where f.advisor_id = ${advisorId} order by f.version desc limit 1),
  ${pack}::text)`

/**
 * Why an approval no longer counts under the rules in force; null where it does. `refusedBy` are the reports that found its
 * text refused.
 */
export function endedByRules(
  { firm, pack }: RulesInForce,
  approval: { ruleSetDigest: string; approvedAt: Date; refusedBy: readonly string[] },
): 'changed' | 'refused' | null {
  const under = pack.lineage.find(
    ({ digest }) => composedDigest(digest, firm?.digest ?? null) === approval.ruleSetDigest,
  )
  if (!under || (under.reportedAt !== null && approval.approvedAt > under.reportedAt)) return 'changed'
  return under.impacts.some((impact) => approval.refusedBy.includes(impact)) ? 'refused' : null
}
