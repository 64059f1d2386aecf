import { acceptInvitation, readInvitation } from '@pramaan/core/identity'
import { strangersContext } from './context.ts'
import { escapeHtml, htmlPage } from './html.ts'
import type { Handler } from './http.ts'
import { readBody } from './middleware/body.ts'
import { limitPage } from './page-limit.ts'
import { refusedPage } from './refused-page.ts'

/**
 * GET /invitation?token=: where the link of an invitation leads. It says who invites and asks for a name and a password;
 * looking accepts nothing, as mail scanners open links.
 */
export const invitationPage: Handler = async (call) => {
  const token = call.c.req.query('token') ?? ''
  try {
    await limitPage(call, 'invitation')
    const { displayName, email, role } = await readInvitation(strangersContext(call).core, { token })
    return htmlPage(
      call,
      200,
      'You are invited',
      `<p><strong>${escapeHtml(displayName)}</strong> invites <strong>${escapeHtml(email)}</strong> to join as ${role}.</p>
<form method="post" action="/invitation"><input type="hidden" name="token" value="${escapeHtml(token)}">
<p><label>Your name<br><input name="fullName" required maxlength="120" autocomplete="name"></label></p>
<p><label>A password, at least 15 characters<br><input name="password" type="password" required minlength="15" maxlength="128" autocomplete="new-password"></label></p>
<button type="submit">Join</button></form>`,
    )
  } catch (error) {
    return refusedPage(call, error)
  }
}

/** POST /invitation: the button. */
export const acceptPage: Handler = async (call) => {
  try {
    await limitPage(call, 'invitation')
    const form = new URLSearchParams((await readBody(call.incoming)).toString('utf8'))
    const [token = '', fullName = '', password = ''] = ['token', 'fullName', 'password'].map(
      (key) => form.get(key) ?? '',
    )
    await acceptInvitation(strangersContext(call).core, { token, fullName, password })
  } catch (error) {
    return refusedPage(
      call,
      error,
      'Give your name, and a password of 15 to 128 characters. Then press the button again.',
    )
  }
  return htmlPage(call, 200, 'Welcome', '<p>You belong to the firm now. You can sign in with your new password.</p>')
}
