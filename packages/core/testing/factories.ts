import { schema } from '@pramaan/db'
import type { LicenceState, LicenceType, Scope, Tier } from '@pramaan/shared'
import type { Actor, Ctx } from '../src/platform/context.ts'
import { newId } from '../src/platform/ids.ts'
import type { World } from './index.ts'

export interface AdvisorOptions {
  displayName?: string
  tier?: Tier
  autoApproveClean?: boolean
  aiReview?: boolean
  status?: 'active' | 'suspended'
  licences?: { type: LicenceType; number?: string; state?: LicenceState; validUntil?: Date }[]
}

/** An advisor of a test and its people. */
export interface TestAdvisor {
  advisorId: string
  ownerId: string
  /** The owner's context; a new request id each time it is asked for. */
  owner(): Ctx
  /** Another person of the same advisor, who may write and submit but owns nothing. */
  member(): Ctx
  /** A program of the advisor, by an API key with these scopes; another key at each call. */
  key(...scopes: Scope[]): Ctx
}

const NUMBERS: Record<LicenceType, string> = {
  IA: 'INA000012345',
  RA: 'INH000012345',
  MFD: 'ARN-123456',
  INS: 'LIC00123456',
}

/** A fresh advisor with its data key and licences (one verified MFD unless told). People exist only as actors. */
export async function makeAdvisor(world: World, options: AdvisorOptions = {}): Promise<TestAdvisor> {
  const advisorId = newId()
  const ownerId = newId()
  const {
    displayName = 'Verma Advisory',
    tier = 'basic',
    autoApproveClean = false,
    aiReview = false,
    status = 'active',
  } = options
  const licences = options.licences ?? [{ type: 'MFD' as const }]
  await world.db.transaction(async (tx) => {
    await tx.insert(schema.advisors).values({ id: advisorId, displayName, tier, autoApproveClean, aiReview, status })
    await world.keys.createDataKey(tx, advisorId)
    if (licences.length === 0) return
    await tx.insert(schema.licences).values(
      licences.map(({ type, number, state, validUntil }) => ({
        advisorId,
        id: newId(),
        type,
        number: number ?? NUMBERS[type],
        state: state ?? ('verified' as const),
        validUntil: validUntil ?? null,
      })),
    )
  })
  const person = (userId: string, memberRole: 'owner' | 'member'): Actor => ({
    kind: 'user',
    userId,
    role: 'advisor',
    memberRole,
    sessionId: newId(),
    steppedUpAt: world.clock.now(),
  })
  return {
    advisorId,
    ownerId,
    owner: () => world.ctx(person(ownerId, 'owner'), advisorId),
    member: () => world.ctx(person(newId(), 'member'), advisorId),
    key: (...scopes) => world.ctx({ kind: 'api_key', keyId: newId(), scopes }, advisorId),
  }
}

/** Somebody of ours; a person of their own at each call. */
export function makeStaff(world: World, role: 'reviewer' | 'admin' | 'inspector'): Ctx {
  return world.ctx({ kind: 'user', userId: newId(), role, memberRole: null, sessionId: newId() }, null)
}
