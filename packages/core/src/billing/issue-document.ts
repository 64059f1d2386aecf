import { schema } from '@pramaan/db'
import { istDay, type StateCode, TaxDocument, type TaxDocumentKind } from '@pramaan/shared'
import { and, eq, sql } from 'drizzle-orm'
import { noticeJob, readAdvisor } from '../identity/index.ts'
import type { CommandCtx, Ctx } from '../platform/context.ts'
import { readBillingDetails } from './billing-details.ts'
import { documentNumber, documentSeries, GST_PERCENT, type TaxSplit } from './rules/gst.ts'
import { STATE_NAMES } from './rules/state-names.ts'
import type { Consequences } from './save-subscription.ts'

const { taxDocuments, taxSeries } = schema

const placeOfDocument = (id: string) => ({ table: 'tax_documents', column: 'document', rowId: id })

/** The place of supply of a firm: its state, or ours where it never said one (IGST Act, section 12 (2) (b)). */
export async function placesOf(ctx: CommandCtx, advisorId: string) {
  const supplier = ctx.settings.billing.supplierGstin.slice(0, 2) as StateCode
  const details = await readBillingDetails(ctx, ctx.tx, advisorId)
  return { supplier, supply: details?.stateCode ?? supplier, details }
}

interface Subject {
  advisorId: string
  kind: TaxDocumentKind
  /** As in the ledger; there is one document for each source. */
  source: string
  description: string
  payment: string
  split: TaxSplit
  /** The document that a credit note corrects. */
  against: TaxDocument | null
}

/**
 * Issues a tax invoice or credit note in the transaction that books the money, under the next number of its series: the
 * row of the series is locked until the commit, so numbers have neither doubles nor gaps.
 */
export async function issueDocument(ctx: CommandCtx, subject: Subject): Promise<Consequences> {
  const { advisorId, kind, source, split, against } = subject
  const [{ supplier, supply, details }, advisor, key] = await Promise.all([
    placesOf(ctx, advisorId),
    readAdvisor(ctx.tx, advisorId),
    ctx.keys.dataKeyOf(ctx.tx, advisorId),
  ])
  const date = istDay(ctx.now())
  const { supplierName, supplierAddress, supplierGstin, sac } = ctx.settings.billing
  const place = against?.placeOfSupply.stateCode ?? supply
  const number = await nextNumber(ctx, documentSeries(kind, date))
  const document = TaxDocument.parse({
    kind,
    number,
    date,
    against: against && { number: against.number, date: against.date },
    supplier: { name: supplierName, address: supplierAddress, gstin: supplierGstin, stateCode: supplier },
    recipient: against?.recipient ?? {
      name: details?.legalName ?? advisor?.displayName ?? '',
      address: details?.address ?? null,
      gstin: details?.gstin ?? null,
      stateCode: supply,
    },
    placeOfSupply: { stateCode: place, state: STATE_NAMES[place] },
    reverseCharge: false,
    lines: [{ description: subject.description, sac, taxablePaise: split.taxablePaise }],
    taxablePaise: split.taxablePaise,
    taxes: taxesOf(split),
    totalPaise: split.grossPaise,
    payment: subject.payment,
  })
  const id = ctx.newId()
  await ctx.tx.insert(taxDocuments).values({
    advisorId,
    id,
    kind,
    number,
    source,
    totalPaise: split.grossPaise,
    document: ctx.keys.seal(key, placeOfDocument(id), JSON.stringify(document)),
    issuedAt: ctx.now(),
  })
  const topic = `${kind}_issued` as const
  return {
    audit: [
      {
        action: topic.replace('_issued', '.issued'),
        objectType: kind,
        objectId: id,
        advisorId,
        detail: { number, source },
      },
    ],
    jobs: [noticeJob.with({ kind: 'notice', topic, noticeId: ctx.newId(), advisorId, objectId: id })],
  }
}

function taxesOf({ cgstPaise, sgstPaise, igstPaise }: TaxSplit): TaxDocument['taxes'] {
  if (igstPaise > 0) return [{ name: 'IGST', ratePercent: GST_PERCENT, amountPaise: igstPaise }]
  return [
    { name: 'CGST', ratePercent: GST_PERCENT / 2, amountPaise: cgstPaise },
    { name: 'SGST', ratePercent: GST_PERCENT / 2, amountPaise: sgstPaise },
  ]
}

async function nextNumber(ctx: CommandCtx, series: string): Promise<string> {
  const [row] = await ctx.tx
    .insert(taxSeries)
    .values({ series, lastNumber: 1 })
    .onConflictDoUpdate({ target: taxSeries.series, set: { lastNumber: sql`${taxSeries.lastNumber} + 1` } })
    .returning({ lastNumber: taxSeries.lastNumber })
  if (!row) throw new Error('a series without a number')
  return documentNumber(series, row.lastNumber)
}

/** The document about a source; null where there is none. */
export async function readDocument(ctx: CommandCtx, advisorId: string, source: string): Promise<TaxDocument | null> {
  const [row] = await ctx.tx
    .select({ id: taxDocuments.id, document: taxDocuments.document })
    .from(taxDocuments)
    .where(and(eq(taxDocuments.advisorId, advisorId), eq(taxDocuments.source, source)))
  return row ? openDocument(ctx, ctx.tx, advisorId, row) : null
}

export async function openDocument(
  ctx: Pick<Ctx, 'keys'>,
  queries: Parameters<Ctx['keys']['open']>[0],
  advisorId: string,
  { id, document }: { id: string; document: Buffer },
): Promise<TaxDocument> {
  return TaxDocument.parse(JSON.parse(await ctx.keys.open(queries, advisorId, placeOfDocument(id), document)))
}
