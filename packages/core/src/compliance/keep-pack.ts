import { type Db, schema } from '@pramaan/db'
import { eq } from 'drizzle-orm'
import { z } from 'zod'
import { asSystem, type Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { BUILD_PACK, packDigest, packText } from './rule-pack.ts'
import { RULE_SET } from './rules/index.ts'

const { rulePacks } = schema

/** Databases that have the pack of this build; packs never go. */
const kept = new WeakSet<Db>()

/** Stores the pack of this build before anything is judged by it. After the first time it costs nothing. */
export async function keepBuildPack(ctx: Ctx): Promise<void> {
  const everywhere = ctx.db.acrossAdvisors
  if (kept.has(everywhere)) return
  const rows = await everywhere.read
    .select({ digest: rulePacks.digest })
    .from(rulePacks)
    .where(eq(rulePacks.digest, RULE_SET.digest))
  if (rows.length === 0)
    await keepPack(asSystem(ctx, 'rule_pack.keep'), { version: RULE_SET.version, pack: packText(BUILD_PACK) })
  kept.add(everywhere)
}

const keepPack = command({
  name: 'rule_pack.keep',
  input: z.strictObject({ version: z.string(), pack: z.string() }),
  async run(ctx, { pack, version }) {
    const digest = packDigest(pack)
    const made = await ctx.tx
      .insert(rulePacks)
      .values({ digest, version, pack, createdAt: ctx.now() })
      .onConflictDoNothing()
      .returning({ digest: rulePacks.digest })
    if (made.length === 0) return { output: null, unchanged: true }
    const entry = { action: 'rule_pack.kept', objectType: 'rule_pack', objectId: digest, ruleSetDigest: digest }
    return { output: null, audit: { ...entry, detail: { version } } }
  },
})
