/**
 * What a template event leaves the template in; events that change nothing about sending are absent. An event does not
 * carry all words of the REST status, so both are folded into one.
 */
const STATUS_OF_EVENT: Readonly<Record<string, string>> = {
  APPROVED: 'APPROVED',
  REINSTATED: 'APPROVED',
  UNARCHIVED: 'APPROVED',
  PENDING: 'PENDING',
  IN_APPEAL: 'IN_APPEAL',
  REJECTED: 'REJECTED',
  PAUSED: 'PAUSED',
  LIMIT_EXCEEDED: 'PAUSED',
  LOCKED: 'LOCKED',
  DISABLED: 'DISABLED',
  ARCHIVED: 'ARCHIVED',
  PENDING_DELETION: 'DELETED',
  DELETED: 'DELETED',
  /** Not Meta's: somebody gave the template other words. */
  CHANGED: 'CHANGED',
}

export const templateStatusAfter = (event: string): string | null => STATUS_OF_EVENT[event] ?? null

/** What an account event does to the connection; events that only inform are absent. */
const ACCOUNT_EFFECTS: Readonly<Record<string, string>> = {
  'DISABLED_UPDATE:DISABLE': 'WhatsApp has disabled this account.',
  'DISABLED_UPDATE:SCHEDULE_FOR_DISABLE': 'WhatsApp has announced that it will disable this account.',
  ACCOUNT_DELETED: 'The WhatsApp account was deleted.',
  PARTNER_REMOVED: 'The access to the WhatsApp account was withdrawn. Connect the number again.',
  PARTNER_APP_UNINSTALLED: 'The access to the WhatsApp account was withdrawn. Connect the number again.',
}

/** Why nothing may be sent through an account after this event; null when it may. */
export const accountStop = (event: string, banState: string | null): string | null =>
  ACCOUNT_EFFECTS[banState === null ? event : `${event}:${banState}`] ?? null
