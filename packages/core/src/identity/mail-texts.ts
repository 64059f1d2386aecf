/** The words of a mail. They hold no text that somebody else could have chosen: not the name, not the firm. */
export interface MailText {
  subject: string
  text: string
  html: string
}

/** Asks a person to confirm the address. `again`: somebody registered it a second time. */
export function confirmAddressText(link: string, again: boolean): MailText {
  const first = again
    ? 'Your address was registered with Pramaan again, but it is still waiting to be confirmed.'
    : 'Your address was registered with Pramaan.'
  return compose('Confirm your email address', [
    first,
    'To finish, open this link within 24 hours and press the button there:',
    { link },
    'If this was not you, do nothing: without your confirmation nobody can sign in.',
  ])
}

/** The link with which somebody of ours sets their first password. `publicUrl`: where to ask for another one. */
export function staffInvitedText(link: string, publicUrl: string): MailText {
  return compose('You are invited to work with Pramaan', [
    'An administrator of Pramaan has made an account for you.',
    'To set your password, open this link within one hour:',
    { link },
    'If the hour has passed, ask there for a link to set a new password:',
    { link: publicUrl },
    'At your first sign-in you set up an authenticator. If you expected nothing of this kind, do nothing.',
  ])
}

/** Tells the owner of an account that somebody tried to register its address. */
export function alreadyRegisteredText(link: string): MailText {
  return compose('You already have an account', [
    'Somebody tried to register this address with Pramaan. It has an account already, and nothing was changed.',
    'If it was you, sign in with the password of that account:',
    { link },
    'If it was not you, you need not do anything.',
  ])
}

export type Paragraph = string | { link: string }

/** A mail out of its paragraphs, as text and as HTML. */
export function compose(subject: string, paragraphs: Paragraph[]): MailText {
  const all: Paragraph[] = ['Hello,', ...paragraphs, 'Pramaan']
  const text = all.map((part) => (typeof part === 'string' ? part : part.link)).join('\n\n')
  const html = all.map((part) => `<p>${typeof part === 'string' ? escapeHtml(part) : anchor(part.link)}</p>`).join('\n')
  return { subject, text: `${text}\n`, html: `<!doctype html>\n<html lang="en"><body>\n${html}\n</body></html>\n` }
}

const anchor = (link: string) => `<a href="${escapeHtml(link)}">${escapeHtml(link)}</a>`

const escapeHtml = (value: string) =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
