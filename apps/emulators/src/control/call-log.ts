/** One call that the double received and what it answered. Credentials are left out. */
interface Call {
  id: number
  at: string
  method: string
  path: string
  query: Record<string, string>
  headers: Record<string, string>
  body: unknown
  account: string | null
  /** Null when the connection was cut instead. */
  answer: { status: number; body: unknown } | null
  fault: string | null
}

export interface CallLog {
  add(call: Omit<Call, 'id'>): void
  /** `path` is a part of the path, `since` the id of the last call already known. */
  find(filter: { path?: string | undefined; since?: number | undefined; account?: string | undefined }): Call[]
  forget(account: string | null): void
}

const MAX_CALLS = 20_000
const SECRET_NAMES = new Set(['authorization', 'x-api-key', 'cookie', 'client_secret', 'code', 'access_token', 'pin'])

export function createCallLog(): CallLog {
  let calls: Call[] = []
  let count = 0
  return {
    add(call) {
      calls.push({
        ...call,
        id: ++count,
        query: withoutSecrets(call.query) as Record<string, string>,
        headers: withoutSecrets(call.headers) as Record<string, string>,
        body: withoutSecrets(call.body),
        answer: call.answer && { ...call.answer, body: withoutSecrets(call.answer.body) },
      })
      if (calls.length > MAX_CALLS) calls = calls.slice(MAX_CALLS / 10)
    },
    find: ({ path, since, account }) =>
      calls.filter(
        (call) =>
          (path === undefined || call.path.includes(path)) &&
          (since === undefined || call.id > since) &&
          (account === undefined || call.account === account),
      ),
    forget(account) {
      calls = account === null ? [] : calls.filter((call) => call.account !== account)
    },
  }
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => [
      name,
      SECRET_NAMES.has(name) && typeof held === 'string' ? '[secret]' : held,
    ]),
  )
}
