import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { command } from '../platform/use-case.ts'
import { openToken } from './connection-secrets.ts'
import { holdCampaign } from './hold-campaigns.ts'
import { sendJob } from './jobs.ts'
import { findConnection } from './queries.ts'
import { readWhatIsSent, refusalOf } from './read-readiness.ts'
import { type Address, openAddress } from './recipient-address.ts'
import { maySend } from './rules/may-send.ts'
import { allowanceOf, type Lane } from './rules/pace.ts'
import { quietFor } from './rules/quiet-hours.ts'
import {
  cancelDue,
  claimDue,
  countReached,
  type Due,
  isDueLeft,
  lockLane,
  lockPeople,
  markWritten,
  moveLane,
  readDue,
} from './send-lane.ts'
import type { TemplateMessage } from './template-message.ts'
import type { ConnectionRow } from './views.ts'

/** The right to send one delivery once, and all that is needed for it. */
export interface Claim {
  token: string
  deliveryId: string
  address: Address
  accessToken: string
  phoneNumberId: string
  template: TemplateMessage
}

interface Taken {
  claims: Claim[]
  /** The campaigns that may have ended with this. */
  campaignIds: string[]
}

/** How long a worker may take from the claim to the record: several times the limit of the call. */
const CLAIM_MS = 120_000
/** Deliveries that one job sends: few, so that advisors take turns. */
const TURN = 20
/** When to look again whether a person, or the limit of the day, is free. */
const LOOK_AGAIN_MS = { person: 6_000, day: 600_000 } as const

/**
 * Takes the next deliveries of an advisor, as many as its number may send now and one turn at most, and asks for the
 * next turn. At this moment everything is read anew: campaign, consent, advisor, licence, approval, number and template.
 * What speaks against a person cancels the delivery, what speaks against sending at all holds the campaign, and both
 * stand in the audit log.
 */
export const takeDeliveries = command({
  name: 'delivery.claim',
  input: sendJob.payload,
  async run(ctx, { advisorId }) {
    const [lane, connection] = await Promise.all([lockLane(ctx.tx, advisorId), findConnection(ctx.tx, advisorId)])
    const { allowed, nextAt, taken } = connection
      ? allowanceInQuiet(lane, connection, ctx.now())
      : allowanceOf(lane, null)
    const room = await roomOf(ctx, advisorId, connection)
    const most = Math.min(TURN, allowed)
    const found = most === 0 ? [] : await readDue(ctx, { advisorId, most, reachedOnly: room <= 0 })
    const due = withinRoom(found, room)
    const { wanted, audit } = await decide(ctx, { advisorId, due, connection })
    const { claims, entries } = await claim(ctx, { advisorId, connection, wanted })
    const full = found.length === most
    const turn = full && most > 0 ? null : most === 0 ? nextAt : later(lane, room <= 0 ? 'day' : 'person')
    const jobs = await askAgain(ctx, { advisorId, lane, turn, taken: taken + claims.length, began: claims.length > 0 })
    const output: Taken = { claims, campaignIds: [...new Set(due.map((one) => one.campaignId))] }
    const [first, ...rest] = [...audit, ...entries]
    return first ? { output, audit: [first, ...rest], jobs } : { output, unchanged: true, jobs }
  },
})

const later = (lane: Lane, why: keyof typeof LOOK_AGAIN_MS) => new Date(lane.now.getTime() + LOOK_AGAIN_MS[why])

/** Nothing is taken in the firm's quiet hours, which go by our clock; the lane wakes by the database's. */
function allowanceInQuiet(lane: Lane, { throughput, quietFrom, quietUntil }: ConnectionRow, now: Date) {
  const allowance = allowanceOf(lane, throughput)
  if (quietFrom === null || quietUntil === null) return allowance
  const quietMs = quietFor({ from: quietFrom, until: quietUntil }, now)
  return quietMs === 0 ? allowance : { ...allowance, allowed: 0, nextAt: new Date(lane.now.getTime() + quietMs) }
}

/** How many new persons may be reached today. */
async function roomOf(ctx: CommandCtx, advisorId: string, connection: ConnectionRow | null): Promise<number> {
  const limit = connection?.dailyPeople ?? null
  return limit === null ? Number.POSITIVE_INFINITY : limit - (await countReached(ctx.tx, advisorId, ctx.now()))
}

function withinRoom(due: Due[], room: number): Due[] {
  let free = room
  return due.filter((one) => one.reached || free-- > 0)
}

type Wanted = Due & { address: Address; template: TemplateMessage; versionHash: string }

/** Splits what is due into what may go out and what may not, and acts on the latter. */
async function decide(
  ctx: CommandCtx,
  { advisorId, due, connection }: { advisorId: string; due: Due[]; connection: ConnectionRow | null },
): Promise<{ wanted: Wanted[]; audit: AuditEntry[] }> {
  const wanted: Wanted[] = []
  const audit: AuditEntry[] = []
  const cancelled = new Map<string, string[]>()
  if (due.length === 0) return { wanted, audit }
  const people = await lockPeople(ctx.tx, advisorId, [...new Set(due.map((one) => one.recipientId))])
  const byId = new Map(people.map((person) => [person.id, person]))
  for (const [campaignId, mine] of Map.groupBy(due, (one) => one.campaignId)) {
    const [campaign] = mine
    if (!campaign) continue
    const { refusal, carrier, template, ...readiness } = await readWhatIsSent(ctx, { advisorId, connection, campaign })
    for (const one of mine) {
      const person = byId.get(one.recipientId)
      const decision = maySend({
        ...readiness,
        campaignState: 'sending',
        recipientState: person?.state ?? 'unknown',
        consented: person?.consented ?? false,
        connectionState: connection?.state ?? null,
        templateStatus: carrier.templateStatus,
        parametersFit: template !== null,
      })
      if (decision.do === 'cancel') {
        cancelled.set(decision.reason, [...(cancelled.get(decision.reason) ?? []), one.id])
      } else if (decision.do === 'hold') {
        const alert = refusalOf(decision.reason, { advisorId, campaignId, refusal })
        audit.push(...alert, ...(await holdCampaign(ctx, { advisorId, campaignId, reason: decision.reason })))
        break
      } else if (person && readiness.proof && template) {
        const { versionHash } = readiness.proof.statement
        wanted.push({ ...one, address: await openAddress(ctx, advisorId, person), template, versionHash })
      }
    }
  }
  for (const [reason, ids] of cancelled) {
    const gone = await cancelDue(ctx, { advisorId, ids, reason })
    audit.push(...gone.map((id) => entryOf(advisorId, id, { action: 'delivery.cancelled', to: 'cancelled', reason })))
  }
  return { wanted, audit }
}

async function claim(
  ctx: CommandCtx,
  { advisorId, connection, wanted }: { advisorId: string; connection: ConnectionRow | null; wanted: Wanted[] },
): Promise<{ claims: Claim[]; entries: AuditEntry[] }> {
  if (wanted.length === 0 || !connection) return { claims: [], entries: [] }
  const rows = wanted.map((one) => ({ ...one, token: ctx.newId() }))
  const until = new Date(ctx.now().getTime() + CLAIM_MS)
  const [attempts, accessToken] = await Promise.all([
    claimDue(ctx, { advisorId, until, rows }),
    openToken(ctx.keys, ctx.tx, connection),
    markWritten(
      ctx,
      advisorId,
      rows.map((one) => one.recipientId),
    ),
  ])
  const mine = rows.filter((one) => attempts.has(one.id))
  return {
    claims: mine.map(({ token, id, address, template }) => ({
      token,
      deliveryId: id,
      address,
      accessToken,
      phoneNumberId: connection.phoneNumberId,
      template,
    })),
    entries: mine.map(({ id, campaignId, approvalId, versionHash }) => {
      const detail = { campaignId, approvalId, attempt: attempts.get(id) }
      return entryOf(advisorId, id, { action: 'delivery.claimed', from: 'queued', to: 'claimed', versionHash, detail })
    }),
  }
}

const entryOf = (
  advisorId: string,
  id: string,
  entry: Omit<AuditEntry, 'objectType' | 'objectId' | 'advisorId'>,
): AuditEntry => ({ ...entry, objectType: 'delivery', objectId: id, advisorId })

/**
 * Notes the pace and asks for the next turn: at once after a full one, else when there is something to wait for. A
 * number waits with one job, however many came too early.
 */
async function askAgain(
  ctx: CommandCtx,
  asked: {
    advisorId: string
    lane: Lane & { wakeAt: Date | null }
    turn: Date | null
    taken: number
    began: boolean
  },
): Promise<Job[]> {
  const { advisorId, lane, turn } = asked
  const waiting = lane.wakeAt !== null && lane.wakeAt > lane.now
  const next = turn === null || (!waiting && (await isDueLeft(ctx, advisorId)))
  const wakeAt = turn !== null && next ? turn : waiting ? lane.wakeAt : null
  await moveLane(ctx.tx, {
    advisorId,
    takenAt: asked.began ? lane.now : lane.takenAt,
    taken: asked.taken,
    wakeAt,
  })
  if (!next) return []
  return [sendJob.with({ advisorId }, { groupId: advisorId, ...(turn === null ? {} : { startAfter: turn }) })]
}
