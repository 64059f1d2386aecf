import { downloadPack } from '@pramaan/core/audit'
import { notFound } from '@pramaan/core/platform/errors'
import { Id } from '@pramaan/shared'
import { admit } from '@pramaan/trpc/trpc'
import { contextOf, identify, visitOf } from './context.ts'
import { answer, type Handler, refuse } from './http.ts'
import { rateHeaders } from './middleware/rate-headers.ts'

const JSON_TYPE = /application\/json/i

/**
 * GET /api/audit/packs/{id}: the archive of a pack that is ready, as a stream; how far it has come as long as it is not.
 * Who asks for JSON, or sends a query, gets the latter from the procedure of the same path.
 */
export const packArchive =
  (progress: Handler): Handler =>
  async (call) => {
    const { headers: asked, url = '' } = call.incoming
    if (JSON_TYPE.test(asked.accept ?? '') || url.includes('?')) return progress(call)
    const visit = visitOf(call, await identify(call, false))
    const headers = () => (visit.reply.counted ? rateHeaders(visit.reply.counted) : {})
    try {
      await admit(visit, undefined, 'audit.pack')
      const { data: id } = Id.safeParse(call.c.req.param('id'))
      if (id === undefined) throw notFound('pack')
      const { archive, pack } = await downloadPack(contextOf(call, visit).core, { id })
      if (archive === null) {
        const type = { 'content-type': 'application/json; charset=utf-8' }
        return answer(call, 200, JSON.stringify(pack), { ...type, ...headers(), vary: 'Accept' })
      }
      return answer(call, 200, ReadableStream.from(archive.pieces), {
        'content-type': 'application/zip',
        'content-length': String(archive.bytes),
        'content-disposition': `attachment; filename="pack-${id}.zip"`,
        vary: 'Accept',
        ...headers(),
      })
    } catch (error) {
      return refuse(call, error, headers())
    }
  }
