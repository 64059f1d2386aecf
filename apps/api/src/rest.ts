import { AppError } from '@pramaan/core/platform/errors'
import { csvOf } from '@pramaan/shared'
import type { Context, Reply, Visit } from '@pramaan/trpc/context'
import type { RestRoute } from '@pramaan/trpc/rest'
import { contextOf, identify, visitOf } from './context.ts'
import { answer, answerText, type Call, type Handler, refuse } from './http.ts'
import { isCsv, MAX_CSV_BYTES, MAX_HELD_CSV_BYTES, parseJsonObject, readBody } from './middleware/body.ts'
import { CSV_TYPE, wantsCsv } from './middleware/csv.ts'
import { etagOf, isFresh, versionsIn } from './middleware/etag.ts'
import { idempotencyOf } from './middleware/idempotency.ts'
import { rateHeaders } from './middleware/rate-headers.ts'
import { sessionCookie } from './middleware/session-cookie.ts'
import { takeUpload, type Upload } from './middleware/upload.ts'

const NO_BODY = Buffer.alloc(0)

/** Hono's form of a path: `/content/{id}` becomes `/api/content/:id`. */
export const honoPath = (route: RestRoute) => `/api${route.rest.path.replace(/\{(\w+)\}/g, ':$1')}`

/**
 * One procedure as a REST route: credentials, body, procedure, answer. The order is the one in which a stranger is
 * refused first: nothing of a body is read for somebody who may not call at all.
 *
 * @param read the GET route of the same path, which `If-Match` is compared with
 */
export function restHandler(route: RestRoute, read: RestRoute | undefined): Handler {
  const { method } = route.rest
  const isRead = method === 'GET'
  const hasBody = !isRead && method !== 'DELETE'
  const operation = `${method} /api${route.rest.path}`
  return async (call) => {
    const { incoming } = call
    let visit: Visit | undefined
    let upload: Upload | undefined
    try {
      visit = visitOf(call, await identify(call, route.meta.access === 'public'))
      await route.admit(visit)
      const body = hasBody ? await takeBody(call, route) : { hashed: NO_BODY, input: null }
      upload = body.upload
      const isOnce = !isRead && route.meta.idempotency !== 'none'
      const once = isOnce ? idempotencyOf(incoming, operation, body.hashed) : undefined
      const context = contextOf(call, visit, once, body.rest)
      const input = inputOf(call, route, body.input)
      if (read) await requireFresh(incoming.headers['if-match'], read, context, input)
      const output = await route.call(context, input)
      return success(call, route, output, visit.reply, once?.replayed === true)
    } catch (error) {
      return refuse(call, error, visit?.reply.counted ? rateHeaders(visit.reply.counted) : undefined)
    } finally {
      await upload?.discard()
    }
  }
}

/** What came in: the input, what stands for it in an `Idempotency-Key`, and what of a large one follows. */
interface Body {
  input: Record<string, unknown> | null
  hashed: Buffer | string
  upload?: Upload
  rest?: AsyncIterable<string>
}

/** A body is JSON, or CSV where a route takes that. */
async function takeBody({ incoming }: Call, route: RestRoute): Promise<Body> {
  const { csv } = route.rest
  if (csv && isCsv(incoming)) {
    const upload = await takeUpload(incoming, MAX_CSV_BYTES)
    const pieces = upload.pieces()
    const first = await pieces.next()
    return { input: { csv: first.value ?? '' }, hashed: upload.hash, upload, rest: pieces }
  }
  const raw = await readBody(incoming, csv && MAX_HELD_CSV_BYTES)
  return { input: parseJsonObject(incoming, raw), hashed: raw }
}

/** Path, query and body as one input. A name that stands in two places is refused, not silently resolved. */
function inputOf(call: Call, route: RestRoute, body: Record<string, unknown> | null): Record<string, unknown> {
  const url = call.incoming.url ?? ''
  const mark = url.indexOf('?')
  const query = mark < 0 ? '' : url.slice(mark + 1)
  if (body && query !== '') throw new AppError('invalid_input', 'This route takes no query string; use the body.')
  const input = body ?? (query === '' ? {} : route.readQuery(query))
  for (const key of route.pathKeys) {
    if (Object.hasOwn(input, key)) throw new AppError('invalid_input', `Give ${key} in the path only.`)
    input[key] = call.c.req.param(key)
  }
  return input
}

/** `If-Match`: the change is meant for a version that the caller has seen. @throws AppError `stale_version` */
async function requireFresh(
  ifMatch: string | undefined,
  read: RestRoute,
  context: Context,
  input: Record<string, unknown>,
): Promise<void> {
  const accepted = versionsIn(ifMatch)
  if (accepted === null) return
  const keys = Object.fromEntries(read.pathKeys.map((key) => [key, input[key]]))
  const current = versionOf(read, await read.call(context, keys))
  if (current === undefined || !accepted.includes(current)) {
    throw new AppError('stale_version', 'There is a newer version. Read it again, then repeat your change on it.')
  }
}

function versionOf(route: RestRoute, output: unknown): string | undefined {
  const { versionField } = route.meta
  if (versionField === undefined) return undefined
  return String((output as Record<string, unknown>)[versionField])
}

/** The answer to what went well, with whatever the procedure left for the headers. */
function success(
  call: Call,
  route: RestRoute,
  output: unknown,
  reply: Reply,
  replayed: boolean,
): Response | Promise<Response> {
  const { settings } = call.http
  const { counted, session } = reply
  const { text, headers } = answerBodyOf(call, route, output)
  if (counted) Object.assign(headers, rateHeaders(counted))
  if (session) headers['set-cookie'] = sessionCookie(settings, session)
  if (replayed) headers['idempotency-replayed'] = 'true'
  if (route.rest.method === 'GET') {
    headers.etag = etagOf(text, versionOf(route, output))
    const { access, caching } = route.meta
    if (access === 'public') headers['cache-control'] = 'no-cache'
    if (caching) {
      headers.etag = `W/${etagOf(JSON.stringify({ ...(output as object), [caching.besides]: undefined }))}`
      headers['cache-control'] = `private, max-age=${caching.maxAgeSeconds}`
      headers.vary = 'Authorization, Cookie'
    }
    if (isFresh(call.incoming.headers['if-none-match'], headers.etag)) return answer(call, 304, null, headers)
  }
  return answerText(call, route.rest.status ?? 200, text, headers)
}

/** JSON; or a table, of a list that has one and for a client that asks for it. */
function answerBodyOf(
  call: Call,
  route: RestRoute,
  output: unknown,
): { text: string; headers: Record<string, string> } {
  const vary: Record<string, string> = route.columns === null ? {} : { vary: 'Accept' }
  if (route.columns === null || !wantsCsv(call.incoming.headers.accept)) {
    return { text: JSON.stringify(output), headers: { 'content-type': 'application/json; charset=utf-8', ...vary } }
  }
  const { items, nextCursor } = output as { items: Record<string, unknown>[]; nextCursor: string | null }
  const disposition = `attachment; filename="${route.rest.path.split('/').at(-1)}.csv"`
  const headers: Record<string, string> = { 'content-type': CSV_TYPE, 'content-disposition': disposition, ...vary }
  if (nextCursor !== null) {
    const next = new URL(call.incoming.url ?? '', call.http.settings.publicUrl)
    next.searchParams.set('cursor', nextCursor)
    headers.link = `<${next.pathname}${next.search}>; rel="next"`
  }
  return { text: csvOf(route.columns, items), headers }
}
