import { schema } from '@pramaan/db'
import { type InvoicePage, type InvoiceSummary, type InvoiceView, PageInput } from '@pramaan/shared'
import { and, desc, eq, lt } from 'drizzle-orm'
import { z } from 'zod'
import { advisorIdOf, type Ctx } from '../platform/context.ts'
import { decodeCursor, PAST_THE_NEWEST, toPage } from '../platform/cursor.ts'
import { notFound } from '../platform/errors.ts'
import { query } from '../platform/use-case.ts'
import { openDocument } from './issue-document.ts'
import { fileNameOf, writeInvoicePdf } from './write-invoice-pdf.ts'

const { taxDocuments } = schema

type Row = typeof taxDocuments.$inferSelect

const summaryOf = ({ id, kind, number, issuedAt, totalPaise }: Row): z.infer<typeof InvoiceSummary> => ({
  id,
  kind,
  number,
  issuedAt: issuedAt.toISOString(),
  totalPaise,
})

/** Invoices and credit notes of the firm, newest first. */
export const listInvoices = query({
  name: 'billing.list_invoices',
  input: PageInput,
  async run(ctx, { limit, cursor }): Promise<z.infer<typeof InvoicePage>> {
    const before = cursor === undefined ? PAST_THE_NEWEST : decodeCursor(ctx.keys, listOf(ctx), cursor)
    const rows = await ctx.db.read
      .select()
      .from(taxDocuments)
      .where(and(eq(taxDocuments.advisorId, advisorIdOf(ctx)), lt(taxDocuments.id, before)))
      .orderBy(desc(taxDocuments.id))
      .limit(limit + 1)
    return toPage(ctx.keys, listOf(ctx), rows, { limit, keyOf: ({ id }) => id, view: summaryOf })
  },
})

const listOf = (ctx: Ctx) => `billing.invoices:${ctx.advisorId}`

async function read(ctx: Ctx, id: string): Promise<z.infer<typeof InvoiceView>> {
  const advisorId = advisorIdOf(ctx)
  const mine = and(eq(taxDocuments.advisorId, advisorId), eq(taxDocuments.id, id))
  const [row] = await ctx.db.read.select().from(taxDocuments).where(mine)
  if (!row) throw notFound('invoice')
  return { ...summaryOf(row), document: await openDocument(ctx, ctx.db.read, advisorId, row) }
}

/** One document as data. */
export const getInvoice = query({
  name: 'billing.get_invoice',
  input: z.strictObject({ id: z.uuid() }),
  run: (ctx, { id }) => read(ctx, id),
})

/** One document as PDF, the very same facts. */
export const getInvoicePdf = query({
  name: 'billing.get_invoice_pdf',
  input: z.strictObject({ id: z.uuid() }),
  async run(ctx, { id }) {
    const { number, document } = await read(ctx, id)
    return { fileName: fileNameOf(number), bytes: await writeInvoicePdf(document) }
  },
})
