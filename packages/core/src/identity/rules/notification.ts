import type { NotificationChoices } from '@pramaan/shared'

/** What a firm's people are told by mail. */
export const NOTICE_TOPICS = [
  'content_sent_back',
  'content_approved',
  'content_rejected',
  'licence_verified',
  'licence_refused',
  'licence_lapsing',
  'licence_lapsed',
  'advisor_suspended',
  'advisor_restored',
  'whatsapp_stopped',
  'reply_received',
  'endpoint_disabled',
] as const
export type NoticeTopic = (typeof NOTICE_TOPICS)[number]

export type NotificationChoice = keyof NotificationChoices

/** Which choice of a person decides about a topic; null: everybody who is concerned gets it. */
export const CHOICE_OF: Record<NoticeTopic, NotificationChoice | null> = {
  content_sent_back: 'contentSentBack',
  content_approved: 'contentDecided',
  content_rejected: 'contentDecided',
  licence_verified: null,
  licence_refused: null,
  licence_lapsing: 'licenceLapsing',
  licence_lapsed: null,
  advisor_suspended: null,
  advisor_restored: null,
  whatsapp_stopped: null,
  reply_received: null,
  endpoint_disabled: null,
}

/** What somebody gets who never chose. */
export const ALL_WANTED: NotificationChoices = { contentSentBack: true, contentDecided: true, licenceLapsing: true }
