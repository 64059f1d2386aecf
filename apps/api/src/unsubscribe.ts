import { unsubscribe } from '@pramaan/core/identity'
import { strangersContext } from './context.ts'
import { escapeHtml, htmlPage } from './html.ts'
import type { Handler } from './http.ts'
import { readBody } from './middleware/body.ts'
import { limitPage } from './page-limit.ts'
import { refusedPage } from './refused-page.ts'

/** GET /unsubscribe?token=: asks. Nothing changes by looking, as mail scanners open links. */
export const unsubscribePage: Handler = (call) => {
  const token = call.c.req.query('token') ?? ''
  return htmlPage(
    call,
    200,
    'Stop these mails',
    `<form method="post" action="/unsubscribe"><input type="hidden" name="token" value="${escapeHtml(token)}">
<p>Press the button if you want no more mails of this kind. You can turn them on again in your settings.</p>
<button type="submit">Stop them</button></form>`,
  )
}

/**
 * POST /unsubscribe: the button, or a mail program by itself (RFC 8058): that one posts to the link of the header, token
 * and all, without cookies, and wants no redirect.
 */
export const unsubscribeNow: Handler = async (call) => {
  try {
    await limitPage(call, 'unsubscribe')
    const form = new URLSearchParams((await readBody(call.incoming)).toString('utf8'))
    const token = form.get('token') ?? call.c.req.query('token') ?? ''
    await unsubscribe(strangersContext(call).core, { token })
  } catch (error) {
    return refusedPage(call, error)
  }
  return htmlPage(call, 200, 'Done', '<p>You get no more mails of this kind.</p>')
}
