import { schema } from '@pramaan/db'
import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { CommandCtx, Ctx } from '../platform/context.ts'
import { command } from '../platform/use-case.ts'
import { hashAddress } from './address.ts'
import { passwordsOf } from './passwords.ts'
import { insertUser } from './person.ts'

const { advisors, licences, members, users } = schema

/** The demo logins of embedded mode (contract, section 5). */
const DEMO_PASSWORD = 'demo-Pramaan-2026'
const DEMO_LOCK = 7_204_512
const YEAR_MS = 365 * 24 * 3600 * 1000

const DEMO_USERS = [
  { login: 'owner', fullName: 'Asha Verma', role: 'advisor' },
  { login: 'reviewer', fullName: 'Ravi Menon', role: 'reviewer' },
  { login: 'admin', fullName: 'Meera Shah', role: 'admin' },
  { login: 'inspector', fullName: 'Imran Qureshi', role: 'inspector' },
] as const

const addressOf = (login: string) => `${login}@demo.pramaan.test`

/**
 * Makes the demo firm and the four demo logins; false when they are there already. Two processes may call it at once.
 *
 * @throws Error outside of embedded mode: these passwords are public
 */
export async function seedDemo(ctx: Ctx): Promise<boolean> {
  if (!ctx.settings.embedded) throw new Error('demo logins are for embedded mode only')
  const addressHash = hashAddress(ctx.keys, addressOf('owner'))
  const found = await ctx.db.read.select({ id: users.id }).from(users).where(eq(users.emailHash, addressHash))
  if (found.length > 0) return false
  return insertDemo(ctx, { passwordHash: await passwordsOf(ctx).hash(DEMO_PASSWORD) })
}

const insertDemo = command({
  name: 'demo.seed',
  input: z.strictObject({ passwordHash: z.string() }),
  async run(ctx, { passwordHash }) {
    const { tx } = ctx
    await tx.execute(sql`select pg_advisory_xact_lock(${DEMO_LOCK})`)
    const addressHash = hashAddress(ctx.keys, addressOf('owner'))
    const found = await tx.select({ id: users.id }).from(users).where(eq(users.emailHash, addressHash))
    if (found.length > 0) return { output: false, unchanged: true }
    const advisorId = await insertFirm(ctx)
    for (const user of DEMO_USERS) await insertLogin(ctx, user, passwordHash, advisorId)
    return {
      output: true,
      audit: { action: 'demo.seeded', objectType: 'advisor', objectId: advisorId, advisorId },
    }
  },
})

async function insertFirm(ctx: CommandCtx): Promise<string> {
  const { tx } = ctx
  const advisorId = ctx.newId()
  await ctx.keys.createDataKey(tx, advisorId)
  const preferences = { autoApproveClean: true, aiReview: true }
  await tx.insert(advisors).values({ id: advisorId, displayName: 'Demo Wealth', tier: 'pro', ...preferences })
  const now = ctx.now()
  const verified = { advisorId, state: 'verified' as const, decidedAt: now }
  const until = (years: number) => new Date(now.getTime() + years * YEAR_MS)
  await tx.insert(licences).values([
    { ...verified, id: ctx.newId(), type: 'IA', number: 'INA000012345', validUntil: until(5) },
    { ...verified, id: ctx.newId(), type: 'MFD', number: 'ARN-123456', validUntil: until(3) },
  ])
  return advisorId
}

async function insertLogin(
  ctx: CommandCtx,
  { login, fullName, role }: (typeof DEMO_USERS)[number],
  passwordHash: string,
  advisorId: string,
): Promise<void> {
  const userId = ctx.newId()
  const email = addressOf(login)
  const key = await ctx.keys.createDataKey(ctx.tx, userId)
  const addressHash = hashAddress(ctx.keys, email)
  const user = { userId, addressHash, email, fullName, passwordHash, role, status: 'active' as const }
  await insertUser(ctx.keys, ctx.tx, key, { ...user, emailVerifiedAt: ctx.now(), totpWaived: true })
  if (role === 'advisor') await ctx.tx.insert(members).values({ advisorId, userId, role: 'owner' })
}
