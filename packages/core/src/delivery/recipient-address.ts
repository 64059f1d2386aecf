import type { schema } from '@pramaan/db'
import type { CommandCtx } from '../platform/context.ts'
import type { Keys } from '../platform/crypto.ts'

/** Where a message to somebody goes: a phone in E.164, or WhatsApp's own id of a person whose phone it hides. */
export type Address = { phone: string } | { bsuid: string }

/** The keyed look-up of a phone within an advisor; `phone` in E.164. */
export const phoneHash = (keys: Keys, advisorId: string, phone: string): Buffer =>
  keys.lookupHash('recipient.phone', `${advisorId}\n${phone}`)

/** The keyed look-up of a business-scoped id (BSUID) within an advisor. */
export const bsuidHash = (keys: Keys, advisorId: string, bsuid: string): Buffer =>
  keys.lookupHash('recipient.bsuid', `${advisorId}\n${bsuid}`)

type Sealed = Pick<typeof schema.recipients.$inferSelect, 'id' | 'phone' | 'bsuid'>

/** The address of a recipient in clear; the phone where both are known (whatsapp.md section 5). */
export async function openAddress(ctx: CommandCtx, advisorId: string, recipient: Sealed): Promise<Address> {
  const open = (column: 'phone' | 'bsuid', sealed: Buffer) =>
    ctx.keys.open(ctx.tx, advisorId, { table: 'recipients', column, rowId: recipient.id }, sealed)
  if (recipient.phone !== null) return { phone: await open('phone', recipient.phone) }
  if (recipient.bsuid !== null) return { bsuid: await open('bsuid', recipient.bsuid) }
  throw new Error('a recipient without any address')
}
