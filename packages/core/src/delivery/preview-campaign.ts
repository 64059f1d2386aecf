import { type Queries, schema } from '@pramaan/db'
import { type PreviewCampaignInput as Input, PreviewCampaignInput, type PreviewView } from '@pramaan/shared'
import { and, count, eq, inArray, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { WHATSAPP_TEMPLATE } from '../compliance/index.ts'
import { advisorIdOf } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'
import { consented, findConnection } from './queries.ts'
import { recipientRefusal } from './rules/may-send.ts'
import { paise, priceOf, TAX_PERCENT } from './rules/price.ts'
import { findTemplate } from './template-queries.ts'

const { recipients } = schema

/**
 * Whom a campaign would reach and what it would cost, before it is made: who is left out and why, in which segments
 * they are, the price of the day by country and category, and the tax on it. Nothing of it is free: the free tier of
 * WhatsApp is for answers, not for templates. Where nobody is named, everybody is meant.
 *
 * @throws AppError `not_found` for a recipient or template, `invalid_input`
 */
export const previewCampaign = query({
  name: 'campaign.get_preview',
  input: PreviewCampaignInput,
  async run(ctx, input): Promise<z.output<typeof PreviewView>> {
    const advisorId = advisorIdOf(ctx)
    const [groups, segments, connection, template] = await Promise.all([
      readGroups(ctx.db.read, advisorId, input),
      readSegments(ctx.db.read, advisorId, input),
      findConnection(ctx.db.read, advisorId),
      input.templateId === undefined ? undefined : findTemplate(ctx.db.read, advisorId, input.templateId),
    ])
    if (template === null) throw notFound('template')
    const total = groups.reduce((sum, group) => sum + group.people, 0)
    if (input.recipientIds && total < new Set(input.recipientIds).size) throw notFound('recipient')
    const products = connection?.templateCategory ?? WHATSAPP_TEMPLATE.category
    const category = (template?.category ?? products).toLowerCase()
    const excluded = new Map<string, number>()
    let willReceive = 0
    let unpriced = 0
    let costMillipaise = 0
    for (const { state, hasConsent, country, people } of groups) {
      const reason = recipientRefusal({ recipientState: state, consented: hasConsent })
      if (reason !== null) {
        excluded.set(reason, (excluded.get(reason) ?? 0) + people)
        continue
      }
      willReceive += people
      const price = priceOf(country, category, ctx.now())
      if (price === null) unpriced += people
      else costMillipaise += price * people
    }
    const taxMillipaise = (costMillipaise * TAX_PERCENT) / 100
    return {
      recipients: total,
      willReceive,
      excluded: [...excluded].map(([reason, people]) => ({ reason, people })),
      segments,
      category,
      perMessageMillipaise: priceOf('IN', category, ctx.now()),
      costPaise: paise(costMillipaise),
      taxPaise: paise(taxMillipaise),
      totalPaise: paise(costMillipaise + taxMillipaise),
      unpriced,
      days: connection?.dailyPeople == null ? 1 : Math.max(1, Math.ceil(willReceive / connection.dailyPeople)),
    }
  },
})

function meant(advisorId: string, { recipientIds, segment }: z.output<typeof Input>) {
  if (recipientIds && segment !== undefined) {
    throw new AppError('invalid_input', 'Name recipientIds or a segment, not both.')
  }
  return and(
    eq(recipients.advisorId, advisorId),
    recipientIds && inArray(recipients.id, recipientIds),
    segment === undefined ? undefined : sql`${recipients.segments} @> array[${segment}]::text[]`,
  )
}

function readGroups(queries: Queries, advisorId: string, input: z.output<typeof Input>) {
  const { state, country } = recipients
  const people = queries
    .select({ state, country, hasConsent: consented(queries).as('has_consent') })
    .from(recipients)
    .where(meant(advisorId, input))
    .as('people')
  return queries
    .select({ state: people.state, country: people.country, hasConsent: people.hasConsent, people: count() })
    .from(people)
    .groupBy(people.state, people.country, people.hasConsent)
}

/** How many of them are in each of their segments; somebody may be in several. */
async function readSegments(queries: Queries, advisorId: string, input: z.output<typeof Input>) {
  const name = sql<string>`unnest(${recipients.segments})`
  const people = await queries
    .select({ segment: name.as('segment'), people: count() })
    .from(recipients)
    .where(meant(advisorId, input))
    .groupBy(sql`1`)
    .orderBy(sql`1`)
    .limit(100)
  return people
}
