import { getInvoicePdf } from '@pramaan/core/billing'
import { notFound } from '@pramaan/core/platform/errors'
import { admit } from '@pramaan/trpc/trpc'
import { contextOf, identify, visitOf } from './context.ts'
import { answer, type Handler, refuse } from './http.ts'
import { rateHeaders } from './middleware/rate-headers.ts'

const FILE = /^([0-9a-f-]{36})\.pdf$/

/** GET /api/billing/invoices/{id}.pdf: the document of that id, as bytes; through the same gate as every procedure. */
export const invoicePdf: Handler = async (call) => {
  const visit = visitOf(call, await identify(call, false))
  try {
    await admit(visit, undefined, 'billing.invoicePdf')
    const id = FILE.exec(call.c.req.param('file') ?? '')?.[1]
    if (id === undefined) throw notFound('invoice')
    const { fileName, bytes } = await getInvoicePdf(contextOf(call, visit).core, { id })
    return answer(call, 200, new Uint8Array(bytes), {
      'content-type': 'application/pdf',
      'content-disposition': `attachment; filename="${fileName}"`,
      ...(visit.reply.counted ? rateHeaders(visit.reply.counted) : {}),
    })
  } catch (error) {
    return refuse(call, error, visit.reply.counted ? rateHeaders(visit.reply.counted) : undefined)
  }
}
