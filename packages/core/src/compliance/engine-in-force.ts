import { type Db, type Queries, schema } from '@pramaan/db'
import type { FirmRules, Verdict } from '@pramaan/shared'
import { and, eq } from 'drizzle-orm'
import type { Ctx } from '../platform/context.ts'
import { ENGINE, type Engine, judgingFor } from './engine.ts'
import { type Judges, startJudges } from './judge.ts'
import { ENGINE_VERSION, RULE_SET } from './rules/index.ts'
import { type RulesInForce, readRulesInForce } from './rules-in-force.ts'

const { firmRuleSets, rulePacks } = schema

/**
 * The engine over the rules in force for a firm (null: somebody without one) at this moment. The pack of the build judges
 * here, an activated one in a thread that has it in place of the build's.
 *
 * @throws Error when the pack in force is not there or cannot be compiled: then nothing is judged
 */
export async function engineInForce(ctx: Ctx, queries: Queries, advisorId: string | null): Promise<Engine> {
  const rules = await readRulesInForce(queries, advisorId)
  if (rules.digest === RULE_SET.digest) return ENGINE
  const firm = rules.firm && (await readFirmRules(queries, advisorId, rules.firm))
  const of = { pack: rules.pack.digest, firmRulesVersion: rules.firm?.version ?? null }
  if (rules.pack.digest === RULE_SET.digest) return { ...judgingFor(firm), ...of }
  const { judges, version } = await threadsFor(ctx, queries, rules.pack.digest)
  const ruleSet = { version: firm === null ? version : `${version}+firm`, digest: rules.digest }
  return { ...engineOfThread(judges, firm, ruleSet), ...of }
}

async function readFirmRules(
  queries: Queries,
  advisorId: string | null,
  { version }: NonNullable<RulesInForce['firm']>,
): Promise<FirmRules> {
  const [row] = await queries
    .select({ rules: firmRuleSets.rules })
    .from(firmRuleSets)
    .where(and(eq(firmRuleSets.advisorId, advisorId ?? ''), eq(firmRuleSets.version, version)))
  if (!row) throw new Error('the rules of a firm are gone')
  return row.rules
}

function engineOfThread(judges: Judges, firm: FirmRules | null, ruleSet: Engine['ruleSet']) {
  const ask =
    (part: Parameters<Judges['ask']>[0]) =>
    async (...args: unknown[]): Promise<never> =>
      (await judges.ask(part, args, firm)) as never
  return {
    ruleSet,
    version: ENGINE_VERSION,
    findHard: ask('findHard'),
    findInContext: ask('findInContext'),
    findInShadow: ask('findInShadow'),
    renderText: ask('renderText'),
    findInRendered: ask('findInRendered'),
    decide: ask('decide'),
    check: async (...[subject, advisor]: Parameters<Engine['check']>) => {
      const verdict = (await judges.ask('check', [subject, advisor], firm)) as Verdict
      return { ...verdict, ruleSet }
    },
  }
}

interface Threads {
  pack: string
  version: string
  judges: Judges
}

/** The threads of this process for the pack in force in a database; those of the pack before end with their last answer. */
const running = new WeakMap<Db, Promise<Threads>>()

async function threadsFor(ctx: Ctx, queries: Queries, pack: string): Promise<Threads> {
  const everywhere = ctx.db.acrossAdvisors
  const before = running.get(everywhere)
  const known = await before?.catch(() => null)
  if (known?.pack === pack && !known.judges.isBroken()) return known
  // Somebody else may have started them while this one waited.
  if (running.get(everywhere) !== before) return threadsFor(ctx, queries, pack)
  const started = startThreads(queries, pack)
  running.set(everywhere, started)
  void known?.judges.retire()
  started.catch(() => running.get(everywhere) === started && running.delete(everywhere))
  return started
}

async function startThreads(queries: Queries, pack: string): Promise<Threads> {
  const [row] = await queries.select().from(rulePacks).where(eq(rulePacks.digest, pack))
  if (!row) throw new Error(`the pack in force, ${pack}, was not kept`)
  const judges = await startJudges(row.pack, 1)
  judges.unref()
  return { pack, version: row.version, judges }
}
