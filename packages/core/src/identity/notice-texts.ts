import { INVITATION_LIFETIME_MS } from './invitation.ts'
import { compose, type MailText, type Paragraph } from './mail-texts.ts'
import type { NoticeTopic } from './rules/notification.ts'

const INVITATION_DAYS = INVITATION_LIFETIME_MS / 86_400_000

/** Asks somebody to join. Who asks stands on the page behind the link: a name could say anything to anybody's mailbox. */
export const invitationText = (link: string): MailText =>
  compose('You are invited to join a firm on Pramaan', [
    'Somebody asked you to join their firm on Pramaan, where advisers have what they publish checked and approved.',
    `To see who it is, and to accept, open this link within ${INVITATION_DAYS} days:`,
    { link },
    'If you do not know why you got this, do nothing: nobody joins without pressing the button there.',
  ])

interface Words {
  subject: string
  says(objectId: string): string
  next: string
}

const WORDS: Record<NoticeTopic, Words> = {
  content_sent_back: {
    subject: 'A text must be changed before it can go out',
    says: (id) => `The check of the text ${id} found something that may not go out as it is.`,
    next: 'The findings name each passage, the clause, and a way to put it. Change the text and submit it again:',
  },
  content_suggested: {
    subject: 'A reviewer proposes other words for a text',
    says: (id) => `A reviewer would approve the text ${id} in other words, and wrote them down.`,
    next: 'Take the words, which has the text checked anew, or leave it as it is:',
  },
  content_approved: {
    subject: 'A text was approved',
    says: (id) => `A reviewer approved the text ${id}. It may be sent until the approval runs out.`,
    next: 'You find the signed approval with the text:',
  },
  content_rejected: {
    subject: 'A text was rejected',
    says: (id) => `A reviewer rejected the text ${id}. It cannot be sent.`,
    next: 'You find the reason with the text. Change it and submit it again:',
  },
  licence_verified: {
    subject: 'A licence was verified',
    says: (id) => `We found the licence ${id} of your firm in the regulator's register.`,
    next: 'You see it, and how long it counts, in your profile:',
  },
  licence_refused: {
    subject: 'A licence was refused',
    says: (id) => `The licence ${id} of your firm was refused. Nothing goes out under it.`,
    next: 'You find the reason in your log. Hand in evidence to have it looked at again:',
  },
  licence_lapsing: {
    subject: 'A licence runs out within 30 days',
    says: (id) =>
      `The licence ${id} of your firm runs out within 30 days, or the regulator's newest list no longer has it. From now on a person looks at every text, and when it has run out nothing goes out under it.`,
    next: 'Renew it, and hand in evidence of the renewal:',
  },
  licence_lapsed: {
    subject: 'A licence has run out',
    says: (id) => `The licence ${id} of your firm has run out. Nothing goes out under it any more.`,
    next: 'If you renewed it, hand in evidence of the renewal:',
  },
  advisor_suspended: {
    subject: 'Your account is suspended',
    says: () => 'An administrator suspended the account of your firm. Nothing is sent until it is restored.',
    next: 'You can still sign in and read everything. You find the reason in your log:',
  },
  advisor_restored: {
    subject: 'Your account is restored',
    says: () => 'An administrator restored the account of your firm. You can send again.',
    next: 'Look at campaigns that were held meanwhile:',
  },
  approval_lapsing: {
    subject: 'An approval runs out within 14 days',
    says: (id) => `The approval of the text ${id} runs out within 14 days. After that nothing more of it is sent.`,
    next: 'Submit the text again once it has run out, as it is or changed:',
  },
  approval_lapsed: {
    subject: 'An approval has ended',
    says: (id) => `The approval of the text ${id} has ended, and what was still to be sent of it is held.`,
    next: 'You find the reason with the text. Submit it again, as it is or changed:',
  },
  review_overdue: {
    subject: 'A review takes longer than it should',
    says: (id) => `Nobody has decided on the text ${id} in the time of your plan. It was put first in the queue.`,
    next: 'You need not do anything. Nothing goes out before somebody has decided:',
  },
  reviews_overdue: {
    subject: 'Reviews are overdue',
    says: (id) => `Texts wait longer than their firms were told, among them ${id}.`,
    next: 'They stand first in the queue:',
  },
  invoice_issued: {
    subject: 'Your tax invoice',
    says: () => 'We received your payment and issued a tax invoice for it.',
    next: 'You find it, as PDF and as data, in the list of your invoices:',
  },
  credit_note_issued: {
    subject: 'Your credit note',
    says: () => 'Money was given back to you, and we issued a credit note for it.',
    next: 'You find it, as PDF and as data, in the list of your invoices:',
  },
  payment_late: {
    subject: 'Your payment has not arrived',
    says: () =>
      'The payment for the current period of your subscription failed or is late. It is tried again on the next days, and until then nothing changes for you.',
    next: 'See to it that the account or card has the amount, or give another one:',
  },
  subscription_halted: {
    subject: 'Your subscription is halted',
    says: () =>
      'The payment failed at every try. Your firm is on the limits of Basic now; nothing was deleted, and what needs no plan goes on.',
    next: 'Give another card or account to go on where you stopped:',
  },
  subscription_ended: {
    subject: 'Your subscription has ended',
    says: () => 'Your subscription has ended. Your firm is on the limits of Basic now; nothing was deleted.',
    next: 'You can subscribe again at any time:',
  },
  renewal_due: {
    subject: 'Your yearly plan ends soon',
    says: () => 'The year that you paid for ends soon, and a plan of this kind is not renewed by itself.',
    next: 'Pay for the next year to go on without a gap:',
  },
  refund_failed: {
    subject: 'A refund did not reach you',
    says: () => 'Your bank refused a refund of ours. The money is still with us, and we look into it.',
    next: 'You need not do anything now. You find the payment in your account:',
  },
  whatsapp_stopped: {
    subject: 'Your WhatsApp number cannot send',
    says: () => 'WhatsApp does not let your number send any more. Every campaign that was under way is held.',
    next: 'You find the reason, and what to do, with the connection:',
  },
  endpoint_disabled: {
    subject: 'A webhook of yours was disabled',
    says: (id) => `The endpoint ${id} is gone, or has taken no event for five days. Nothing more is sent to it.`,
    next: 'When it works again, replay the events that it missed; that makes it active:',
  },
  reply_received: {
    subject: 'A client answered on WhatsApp',
    says: (id) => `Somebody wrote to your WhatsApp number. It is kept as the reply ${id}.`,
    next: 'Read it there; you can answer in your WhatsApp for 24 hours:',
  },
}

/** The words of a notice. `unsubscribeUrl` where the person may do without it. */
export function noticeText(
  topic: NoticeTopic,
  about: { objectId: string; publicUrl: string; unsubscribeUrl: string | null; attached?: string[] },
): MailText {
  const { subject, says, next } = WORDS[topic]
  const end: Paragraph[] =
    about.unsubscribeUrl === null
      ? ['Everybody who is responsible for this gets this mail.']
      : ['If you do not want mails of this kind any more, say so here:', { link: about.unsubscribeUrl }]
  const attached = (about.attached ?? []).map((fileName) => `It is attached to this mail as ${fileName}.`)
  return compose(subject, [says(about.objectId), ...attached, next, { link: about.publicUrl }, ...end])
}
