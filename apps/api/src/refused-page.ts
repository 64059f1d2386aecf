import { AppError } from '@pramaan/core/platform/errors'
import { ERROR_KINDS, failureOf } from '@pramaan/trpc/errors'
import { ZodError } from 'zod'
import { escapeHtml, htmlPage } from './html.ts'
import { type Call, logFailure } from './http.ts'

/**
 * The page that says in one sentence why something did not work. `incomplete` is for a form whose fields could not be
 * taken; a link without its token is told apart from that.
 */
export function refusedPage(call: Call, error: unknown, incomplete = 'This link is not complete.'): Response {
  const known = error instanceof ZodError ? refusedInput(error, incomplete) : error
  const failure = failureOf(known)
  const { status } = ERROR_KINDS[failure.code]
  logFailure(call, status, failure.code, known)
  return htmlPage(call, status, 'This did not work', `<p>${escapeHtml(failure.detail)}</p>`)
}

const refusedInput = (error: ZodError, incomplete: string) =>
  error.issues.some(({ path }) => path[0] === 'token')
    ? new AppError('invalid_token', 'This link is not complete.')
    : new AppError('invalid_input', incomplete)
