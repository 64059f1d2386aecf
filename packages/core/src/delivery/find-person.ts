import { schema } from '@pramaan/db'
import { and, eq, or, sql } from 'drizzle-orm'
import type { AuditEntry, CommandCtx } from '../platform/context.ts'
import { bsuidHash, phoneHash } from './recipient-address.ts'
import { countryOf } from './rules/price.ts'
import type { Who } from './rules/webhook-event.ts'
import type { RecipientRow } from './views.ts'

const { consents, deliveries, recipients, replies } = schema

interface Found {
  row: RecipientRow | null
  audit: AuditEntry[]
}

/**
 * The recipient whom WhatsApp names by phone, by its own id, or by both. Where both appear for the first time, the one
 * that was missing is added; where they were two recipients, these become one. Somebody unknown is put on record only
 * when `create` says so, and then without any consent, so that nothing goes out to them.
 */
export async function findPerson(
  ctx: CommandCtx,
  advisorId: string,
  who: Who,
  create: { name: string | null } | null = null,
): Promise<Found> {
  const byPhone = who.phone === null ? null : phoneHash(ctx.keys, advisorId, who.phone)
  const byBsuid = who.bsuid === null ? null : bsuidHash(ctx.keys, advisorId, who.bsuid)
  if (!byPhone && !byBsuid) return { row: null, audit: [] }
  const found = await ctx.tx
    .select()
    .from(recipients)
    .where(
      and(
        eq(recipients.advisorId, advisorId),
        or(
          byPhone ? eq(recipients.phoneHash, byPhone) : undefined,
          byBsuid ? eq(recipients.bsuidHash, byBsuid) : undefined,
        ),
      ),
    )
    .orderBy(recipients.id)
    .for('update')
  const phoned = found.find((row) => byPhone !== null && row.phoneHash?.equals(byPhone))
  const known = found.find((row) => byBsuid !== null && row.bsuidHash?.equals(byBsuid))
  if (phoned && known && phoned.id !== known.id) return merge(ctx, phoned, known, who)
  const row = phoned ?? known
  if (row) return complete(ctx, row, who)
  return create ? add(ctx, advisorId, who, create.name) : { row: null, audit: [] }
}

const place = (column: 'phone' | 'bsuid' | 'name', rowId: string) => ({ table: 'recipients', column, rowId })

/** What the columns of an address hold. */
async function addressOf(ctx: CommandCtx, advisorId: string, rowId: string, who: Who) {
  const key = await ctx.keys.dataKeyOf(ctx.tx, advisorId)
  return {
    country: countryOf(who.phone ?? who.bsuid ?? ''),
    ...(who.phone === null
      ? {}
      : {
          phoneHash: phoneHash(ctx.keys, advisorId, who.phone),
          phone: ctx.keys.seal(key, place('phone', rowId), who.phone),
        }),
    ...(who.bsuid === null
      ? {}
      : {
          bsuidHash: bsuidHash(ctx.keys, advisorId, who.bsuid),
          bsuid: ctx.keys.seal(key, place('bsuid', rowId), who.bsuid),
        }),
  }
}

/** Adds the half of the address that was missing, or is another now. */
async function complete(ctx: CommandCtx, row: RecipientRow, who: Who): Promise<Found> {
  const { advisorId, id } = row
  const isNew =
    (who.phone !== null && !row.phoneHash?.equals(phoneHash(ctx.keys, advisorId, who.phone))) ||
    (who.bsuid !== null && !row.bsuidHash?.equals(bsuidHash(ctx.keys, advisorId, who.bsuid)))
  if (!isNew) return { row, audit: [] }
  const [changed] = await ctx.tx
    .update(recipients)
    .set({ ...(await addressOf(ctx, advisorId, id, who)), updatedAt: ctx.now() })
    .where(and(eq(recipients.advisorId, advisorId), eq(recipients.id, id)))
    .returning()
  if (!changed) throw new Error('a locked recipient has vanished')
  const entry = {
    action: 'recipient.address_learnt',
    objectType: 'recipient',
    objectId: id,
    advisorId,
    reason: 'WhatsApp named this person by another number or id',
  }
  return { row: changed, audit: [entry] }
}

/** Two records of one person: that with the phone stays. The stricter wish of the two counts. */
async function merge(ctx: CommandCtx, stays: RecipientRow, goes: RecipientRow, who: Who): Promise<Found> {
  const { advisorId } = stays
  const mine = and(eq(recipients.advisorId, advisorId), eq(recipients.id, goes.id))
  await ctx.tx.delete(recipients).where(mine)
  await Promise.all([
    ctx.tx
      .update(deliveries)
      .set({ recipientId: stays.id })
      .where(and(eq(deliveries.advisorId, advisorId), eq(deliveries.recipientId, goes.id))),
    ctx.tx
      .update(replies)
      .set({ recipientId: stays.id })
      .where(and(eq(replies.advisorId, advisorId), eq(replies.recipientId, goes.id))),
    // The ledger is never changed: what the other one agreed to or withdrew is written again for the one who stays.
    ctx.tx.insert(consents).select(
      ctx.tx
        .select({
          advisorId: consents.advisorId,
          id: sql<string>`gen_random_uuid()`.as('id'),
          recipientId: sql<string>`${stays.id}::uuid`.as('recipient_id'),
          action: consents.action,
          purpose: consents.purpose,
          source: consents.source,
          wording: consents.wording,
          evidence: consents.evidence,
          occurredAt: consents.occurredAt,
          recordedBy: consents.recordedBy,
          createdAt: consents.createdAt,
        })
        .from(consents)
        .where(and(eq(consents.advisorId, advisorId), eq(consents.recipientId, goes.id))),
    ),
  ])
  const later = (one: Date | null, other: Date | null) =>
    one !== null && (other === null || one > other) ? one : other
  const state = goes.state === 'opted_out' ? goes.state : stays.state
  const [row] = await ctx.tx
    .update(recipients)
    .set({
      ...(await addressOf(ctx, advisorId, stays.id, who)),
      state,
      segments: [...new Set([...stays.segments, ...goes.segments])].sort(),
      lastSentAt: later(stays.lastSentAt, goes.lastSentAt),
      lastInboundAt: later(stays.lastInboundAt, goes.lastInboundAt),
      notBefore: later(stays.notBefore, goes.notBefore),
      updatedAt: ctx.now(),
    })
    .where(and(eq(recipients.advisorId, advisorId), eq(recipients.id, stays.id)))
    .returning()
  if (!row) throw new Error('a locked recipient has vanished')
  const entry = {
    action: 'recipient.merged',
    objectType: 'recipient',
    objectId: stays.id,
    advisorId,
    from: stays.state,
    to: state,
    reason: 'WhatsApp named both as one person',
    detail: { merged: goes.id },
  }
  return { row, audit: [entry] }
}

async function add(ctx: CommandCtx, advisorId: string, who: Who, name: string | null): Promise<Found> {
  const id = ctx.newId()
  const now = ctx.now()
  const key = await ctx.keys.dataKeyOf(ctx.tx, advisorId)
  const [row] = await ctx.tx
    .insert(recipients)
    .values({
      advisorId,
      id,
      ...(await addressOf(ctx, advisorId, id, who)),
      name: name === null ? null : ctx.keys.seal(key, place('name', id), name.slice(0, 120)),
      state: 'active',
      createdAt: now,
      updatedAt: now,
    })
    .returning()
  if (!row) throw new Error('an insert returned nothing')
  const entry = {
    action: 'recipient.met',
    objectType: 'recipient',
    objectId: id,
    advisorId,
    reason: 'wrote to the number; there is no consent to marketing messages',
  }
  return { row, audit: [entry] }
}

/** Somebody has another phone number now, and with it another id at WhatsApp (whatsapp.md section 5). */
export async function changePhone(
  ctx: CommandCtx,
  advisorId: string,
  { phone, newPhone }: { phone: string; newPhone: string },
): Promise<AuditEntry[]> {
  const hashOf = (one: string) => phoneHash(ctx.keys, advisorId, one)
  const rows = await ctx.tx
    .select()
    .from(recipients)
    .where(
      and(
        eq(recipients.advisorId, advisorId),
        or(eq(recipients.phoneHash, hashOf(phone)), eq(recipients.phoneHash, hashOf(newPhone))),
      ),
    )
    .orderBy(recipients.id)
    .for('update')
  const old = rows.find((row) => row.phoneHash?.equals(hashOf(phone)))
  const already = rows.find((row) => row.phoneHash?.equals(hashOf(newPhone)))
  if (!old) return []
  const who = { phone: newPhone, bsuid: null }
  if (already) return (await merge(ctx, already, old, who)).audit
  await ctx.tx
    .update(recipients)
    .set({
      ...(await addressOf(ctx, advisorId, old.id, who)),
      bsuid: null,
      bsuidHash: null,
      updatedAt: ctx.now(),
    })
    .where(and(eq(recipients.advisorId, advisorId), eq(recipients.id, old.id)))
  return [
    {
      action: 'recipient.number_changed',
      objectType: 'recipient',
      objectId: old.id,
      advisorId,
      reason: 'WhatsApp told of the new number',
    },
  ]
}
