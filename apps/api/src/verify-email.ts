import { verifyEmail } from '@pramaan/core/identity'
import { AppError } from '@pramaan/core/platform/errors'
import { ERROR_KINDS, failureOf } from '@pramaan/trpc/errors'
import { ZodError } from 'zod'
import { strangersContext } from './context.ts'
import { escapeHtml, htmlPage } from './html.ts'
import { type Call, type Handler, logFailure } from './http.ts'
import { readBody } from './middleware/body.ts'

const TITLE = 'Confirm your email address'

/**
 * GET /verify-email?token=: where the link of the mail leads. It only asks: mail scanners open links, so the address is
 * confirmed by the button, with a POST.
 */
export const confirmPage: Handler = (call) => {
  const token = call.c.req.query('token') ?? ''
  return htmlPage(
    call,
    200,
    TITLE,
    `<form method="post" action="/verify-email"><input type="hidden" name="token" value="${escapeHtml(token)}">
<p>Press the button to finish your registration.</p><button type="submit">Confirm</button></form>`,
  )
}

/** POST /verify-email: the button. */
export const confirm: Handler = async (call) => {
  const form = new URLSearchParams((await readBody(call.incoming)).toString('utf8'))
  try {
    await verifyEmail(strangersContext(call).core, { token: form.get('token') ?? '' })
  } catch (error) {
    return refusedPage(call, error)
  }
  return htmlPage(call, 200, 'Your email address is confirmed', '<p>You can sign in now. You may close this page.</p>')
}

/** The page that says kindly why something did not work. `incomplete` is for input that could not be read. */
export function refusedPage(call: Call, error: unknown, incomplete = 'This link is not complete.'): Response {
  const known = error instanceof ZodError ? new AppError('invalid_token', incomplete) : error
  const failure = failureOf(known)
  const { status } = ERROR_KINDS[failure.code]
  logFailure(call, status, failure.code, known)
  return htmlPage(call, status, 'This did not work', `<p>${escapeHtml(failure.detail)}</p>`)
}
