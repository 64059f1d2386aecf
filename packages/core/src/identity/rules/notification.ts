import type { NotificationChoices } from '@pramaan/shared'

/** What a firm's people are told by mail. */
export const NOTICE_TOPICS = [
  'content_sent_back',
  'content_suggested',
  'content_approved',
  'content_rejected',
  'licence_verified',
  'licence_refused',
  'licence_lapsing',
  'licence_lapsed',
  'advisor_suspended',
  'advisor_restored',
  'approval_lapsing',
  'approval_lapsed',
  'review_overdue',
  'reviews_overdue',
  'invoice_issued',
  'credit_note_issued',
  'payment_late',
  'subscription_halted',
  'subscription_ended',
  'renewal_due',
  'refund_failed',
  'whatsapp_stopped',
  'reply_received',
  'endpoint_disabled',
] as const
export type NoticeTopic = (typeof NOTICE_TOPICS)[number]

/** What reviewers are told, whichever firm it is about. */
export const isForReviewers = (topic: NoticeTopic): boolean => topic === 'reviews_overdue'

export type NotificationChoice = keyof NotificationChoices

/** Which choice of a person decides about a topic; null: everybody who is concerned gets it. */
export const CHOICE_OF: Record<NoticeTopic, NotificationChoice | null> = {
  content_sent_back: 'contentSentBack',
  content_suggested: 'contentSentBack',
  content_approved: 'contentDecided',
  content_rejected: 'contentDecided',
  licence_verified: null,
  licence_refused: null,
  licence_lapsing: 'licenceLapsing',
  licence_lapsed: null,
  advisor_suspended: null,
  advisor_restored: null,
  approval_lapsing: 'contentDecided',
  approval_lapsed: 'contentDecided',
  review_overdue: 'contentDecided',
  reviews_overdue: null,
  invoice_issued: null,
  credit_note_issued: null,
  payment_late: null,
  subscription_halted: null,
  subscription_ended: null,
  renewal_due: null,
  refund_failed: null,
  whatsapp_stopped: null,
  reply_received: null,
  endpoint_disabled: null,
}

/** What the object id of a notice names. */
export const OBJECT_OF: Record<NoticeTopic, string> = {
  content_sent_back: 'content',
  content_suggested: 'content',
  content_approved: 'content',
  content_rejected: 'content',
  licence_verified: 'licence',
  licence_refused: 'licence',
  licence_lapsing: 'licence',
  licence_lapsed: 'licence',
  advisor_suspended: 'advisor',
  advisor_restored: 'advisor',
  approval_lapsing: 'content',
  approval_lapsed: 'content',
  review_overdue: 'content',
  reviews_overdue: 'content',
  invoice_issued: 'invoice',
  credit_note_issued: 'credit_note',
  payment_late: 'subscription',
  subscription_halted: 'subscription',
  subscription_ended: 'subscription',
  renewal_due: 'subscription',
  refund_failed: 'refund',
  whatsapp_stopped: 'whatsapp_connection',
  reply_received: 'reply',
  endpoint_disabled: 'webhook_endpoint',
}

/** What somebody gets who never chose. */
export const ALL_WANTED: NotificationChoices = { contentSentBack: true, contentDecided: true, licenceLapsing: true }
