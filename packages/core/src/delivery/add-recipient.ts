import { schema } from '@pramaan/db'
import { AddRecipientInput } from '@pramaan/shared'
import { advisorIdOf, authorIdOf } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { command } from '../platform/use-case.ts'
import { phoneHash } from './recipient-address.ts'
import { countryOf } from './rules/price.ts'
import { recipientView } from './views.ts'

/**
 * Adds a client together with the consent that was given: who agreed, when, how and in which words. Phone and name are
 * stored encrypted.
 *
 * @throws AppError `conflict` when the advisor has this phone already, `invalid_input` for a consent of the future
 */
export const addRecipient = command({
  name: 'recipient.add',
  input: AddRecipientInput,
  async run(ctx, { phone, name, segments = [], consent }) {
    const advisorId = advisorIdOf(ctx)
    const id = ctx.newId()
    const now = ctx.now()
    const occurredAt = new Date(consent.givenAt)
    if (occurredAt.getTime() > now.getTime() + CLOCK_SKEW_MS) {
      throw new AppError(
        'invalid_input',
        'consent.givenAt lies in the future. Send the time at which consent was given.',
      )
    }
    const key = await ctx.keys.dataKeyOf(ctx.tx, advisorId)
    const seal = (column: 'phone' | 'name', text: string) =>
      ctx.keys.seal(key, { table: 'recipients', column, rowId: id }, text)
    const [[row]] = await Promise.all([
      ctx.tx
        .insert(schema.recipients)
        .values({
          advisorId,
          id,
          phoneHash: phoneHash(ctx.keys, advisorId, phone),
          phone: seal('phone', phone),
          name: name === undefined ? null : seal('name', name),
          country: countryOf(phone),
          segments: [...new Set(segments)].sort(),
          state: 'active',
          createdAt: now,
          updatedAt: now,
        })
        .onConflictDoNothing()
        .returning(),
      ctx.tx.insert(schema.consents).values({
        advisorId,
        id: ctx.newId(),
        recipientId: id,
        action: 'granted',
        purpose: consent.purpose,
        source: consent.source,
        wording: consent.wording,
        evidence: consent.evidence ?? null,
        occurredAt,
        recordedBy: authorIdOf(ctx),
        createdAt: now,
      }),
    ])
    if (!row) throw new AppError('conflict', 'You have a recipient with this phone number already.')
    return {
      output: await recipientView(ctx.keys, ctx.tx, row),
      audit: {
        action: 'recipient.added',
        objectType: 'recipient',
        objectId: id,
        detail: { purpose: consent.purpose, source: consent.source, givenAt: consent.givenAt },
      },
    }
  },
})

/** The clocks of callers run ahead of ours by a little. */
const CLOCK_SKEW_MS = 5 * 60_000
