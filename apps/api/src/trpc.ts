import { AppError } from '@pramaan/core/platform/errors'
import { MAX_BATCH } from '@pramaan/shared'
import { type AppRouter, appRouter } from '@pramaan/trpc'
import type { Context } from '@pramaan/trpc/context'
import { ERROR_KINDS, failureOf } from '@pramaan/trpc/errors'
import { errorShape, type Meta } from '@pramaan/trpc/trpc'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { contextOf, identify, STRANGER, visitOf } from './context.ts'
import { answer, answerText, type Call, type Handler, logFailure } from './http.ts'
import { readBody } from './middleware/body.ts'
import { idempotencyOf } from './middleware/idempotency.ts'
import { rateHeaders } from './middleware/rate-headers.ts'
import { sessionCookie } from './middleware/session-cookie.ts'

/** /trpc/*: the same procedures for callers that hold `type AppRouter`. */
export const trpcHandler: Handler = async (call) => {
  let raw: Buffer | null
  try {
    raw = call.incoming.method === 'POST' ? await readBody(call.incoming) : null
  } catch (error) {
    return refusedBody(call, error)
  }
  let context: Context | undefined
  const response = await fetchRequestHandler<AppRouter>({
    endpoint: '/trpc',
    router: appRouter,
    req: requestOf(call, raw),
    maxBatchSize: MAX_BATCH,
    allowMethodOverride: true,
    createContext: async ({ info }) => {
      context = await contextFor(call, info.calls, raw)
      return context
    },
    onError: ({ error }) => {
      const { code } = failureOf(error)
      logFailure(call, ERROR_KINDS[code].status, code, error)
    },
  })
  const headers = { ...Object.fromEntries(response.headers), ...(context ? headersOf(call, context) : {}) }
  if (call.incoming.headers['trpc-accept'] === 'application/jsonl') return streamed(call, response, headers)
  const text = await response.text()
  // Without a context (a batch that is too large, say) the formatter could not know the request.
  const told = context ? text : text.replaceAll('"requestId":""', `"requestId":"${call.requestId}"`)
  return answerText(call, response.status, told, headers)
}

/** What was refused before a procedure was known is heard at the gate, in the shape that a tRPC client reads. */
async function contextFor(call: Call, calls: readonly { path: string }[], raw: Buffer | null): Promise<Context> {
  try {
    const open = calls.every(({ path }) => metaOf(path)?.access === 'public')
    const visit = visitOf(call, await identify(call, open))
    return contextOf(call, visit, raw ? onceOf(call, calls, raw) : undefined)
  } catch (error) {
    return contextOf(call, { ...visitOf(call, STRANGER), refusal: error })
  }
}

function headersOf(call: Call, { core, visit }: Context): Record<string, string> {
  const { counted, session } = visit.reply
  return {
    ...(counted ? rateHeaders(counted) : {}),
    ...(session ? { 'set-cookie': sessionCookie(call.http.settings, session) } : {}),
    ...(core.idempotency?.replayed ? { 'idempotency-replayed': 'true' } : {}),
  }
}

function refusedBody(call: Call, error: unknown): Response {
  const failure = failureOf(error)
  const { status } = ERROR_KINDS[failure.code]
  logFailure(call, status, failure.code, error)
  const json = JSON.stringify({ error: errorShape(failure, call.requestId, undefined) })
  return answer(call, status, json, { 'content-type': 'application/json' })
}

/** tRPC reads a web request; it gets the bytes that were read under the limit. */
function requestOf(call: Call, raw: Buffer | null): Request {
  const { method, headers } = call.c.req.raw
  return new Request(call.c.req.url, { method, headers, ...(raw ? { body: new Uint8Array(raw) } : {}) })
}

/** An `Idempotency-Key` means one call: in a batch nobody could say which. */
function onceOf(call: Call, calls: readonly { path: string }[], raw: Buffer) {
  const [only] = calls
  const once = idempotencyOf(call.incoming, `trpc ${only?.path}`, raw)
  if (once === undefined || only === undefined || metaOf(only.path)?.idempotency === 'none') return undefined
  if (calls.length > 1) {
    throw new AppError('invalid_input', 'Send Idempotency-Key with a single call, not with a batch.')
  }
  return once
}

const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { meta?: Meta } }>

const metaOf = (path: string) => (Object.hasOwn(procedures, path) ? procedures[path]?._def.meta : undefined)

/** A stream goes out as it is made: never compressed, never collected. */
function streamed(call: Call, response: Response, headers: Record<string, string>): Response {
  const plain = answer(call, response.status, null, headers)
  return new Response(response.body, { status: response.status, headers: plain.headers })
}
