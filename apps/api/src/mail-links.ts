import { confirmEmailChange, resetPassword, verifyEmail } from '@pramaan/core/identity'
import { strangersContext } from './context.ts'
import { escapeHtml, htmlPage } from './html.ts'
import type { Handler } from './http.ts'
import { readBody } from './middleware/body.ts'
import { refusedPage } from './refused-page.ts'

/** Where a link of a mail leads: a page that asks, and what its button does. */
export interface MailLink {
  path: `/${string}`
  page: Handler
  submit: Handler
}

type Core = ReturnType<typeof strangersContext>['core']

interface Asked {
  path: `/${string}`
  title: string
  /** What stands in the form before its button. */
  form: string
  button: string
  run(core: Core, field: (name: string) => string): Promise<unknown>
  done: { title: string; text: string }
}

/**
 * GET only asks: mail scanners open links, so a token is used by the button, with a POST. The token is all that such a
 * POST rests on, no cookie, so it needs no other proof of where it comes from.
 */
const mailLink = ({ path, title, form, button, run, done }: Asked): MailLink => ({
  path,
  page: (call) => {
    const token = escapeHtml(call.c.req.query('token') ?? '')
    return htmlPage(
      call,
      200,
      title,
      `<form method="post" action="${path}"><input type="hidden" name="token" value="${token}">
${form}<button type="submit">${button}</button></form>`,
    )
  },
  submit: async (call) => {
    const fields = new URLSearchParams((await readBody(call.incoming)).toString('utf8'))
    try {
      await run(strangersContext(call).core, (name) => fields.get(name) ?? '')
    } catch (error) {
      return refusedPage(call, error, BAD_FIELD)
    }
    return htmlPage(call, 200, done.title, `<p>${done.text}</p>`)
  },
})

const BAD_FIELD = 'The password is too short or too long. Go back and choose another one.'

export const MAIL_LINKS: readonly MailLink[] = [
  mailLink({
    path: '/verify-email',
    title: 'Confirm your email address',
    form: '<p>Press the button to finish your registration.</p>',
    button: 'Confirm',
    run: (core, field) => verifyEmail(core, { token: field('token') }),
    done: { title: 'Your email address is confirmed', text: 'You can sign in now. You may close this page.' },
  }),
  mailLink({
    path: '/reset-password',
    title: 'Set a new password',
    form: '<p><label>New password <input type="password" name="newPassword" autocomplete="new-password" required></label></p>',
    button: 'Set password',
    run: (core, field) => resetPassword(core, { token: field('token'), newPassword: field('newPassword') }),
    done: { title: 'Your password is set', text: 'All sign-ins were ended. Sign in with the new password.' },
  }),
  mailLink({
    path: '/confirm-email',
    title: 'Confirm your new email address',
    form: '<p>Press the button to sign in with this address from now on.</p>',
    button: 'Confirm',
    run: (core, field) => confirmEmailChange(core, { token: field('token') }),
    done: { title: 'Your email address is changed', text: 'All sign-ins were ended. Sign in with the new address.' },
  }),
]
