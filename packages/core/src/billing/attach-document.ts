import { schema } from '@pramaan/db'
import { and, eq } from 'drizzle-orm'
import type { MailAttachment } from '../clients/mail/index.ts'
import type { NoticeAbout } from '../identity/index.ts'
import { type Ctx, withinFirm } from '../platform/context.ts'
import { openDocument } from './issue-document.ts'
import { fileNameOf, writeInvoicePdf } from './write-invoice-pdf.ts'

const { taxDocuments } = schema

/** Documents of ours have some 30 KB; mail servers take some megabytes. */
const MAX_ATTACHMENT_BYTES = 1_000_000

/**
 * What the mail about a tax document carries: the document as PDF, the same bytes at every try. Nothing for other mails,
 * and nothing where the document is not there any more (the firm was erased) or too large for a mail: the mail says then
 * where it is.
 */
export async function attachDocument(ctx: Ctx, { topic, advisorId, objectId }: NoticeAbout): Promise<MailAttachment[]> {
  if (topic !== 'invoice_issued' && topic !== 'credit_note_issued') return []
  const { read } = withinFirm(ctx, advisorId).db
  const [row] = await read
    .select()
    .from(taxDocuments)
    .where(and(eq(taxDocuments.advisorId, advisorId), eq(taxDocuments.id, objectId)))
  if (!row) return []
  const bytes = await writeInvoicePdf(await openDocument(ctx, read, advisorId, row))
  if (bytes.length > MAX_ATTACHMENT_BYTES) {
    const alert = 'billing.document_not_attached'
    ctx.log.error({ alert, advisorId, documentId: objectId, bytes: bytes.length }, 'a document is too large for a mail')
    return []
  }
  return [{ fileName: fileNameOf(row.number), contentType: 'application/pdf', bytes }]
}
