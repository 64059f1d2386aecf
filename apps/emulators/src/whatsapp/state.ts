/** Everything that Meta knows, as plain records, so that it can be written to a file and read again. Times in ms. */
export interface State {
  /** Accounts (WABA) by id; each is a business portfolio of its own. */
  accounts: Map<string, Account>
  numbers: Map<string, PhoneNumber>
  tokens: Map<string, Token>
  codes: Map<string, SignupCode>
  templates: Map<string, Template>
  users: Map<string, User>
  messages: Message[]
}

export interface Account {
  id: string
  businessId: string
  name: string
  /** Without it messages are accepted and no webhook is ever sent. */
  subscribed: boolean
  /** Where this account's webhooks go instead of the app's address. */
  callback: { url: string; verifyToken: string } | null
  /** Names of deleted templates and until when they cannot be used again. */
  blockedNames: Record<string, number>
  /** Persons that may be reached in 24 hours outside of conversations, by all numbers together; null for no limit. */
  dailyPeople: number | null
  /** Who was, and when last. */
  reached: Record<string, number>
  /** In what Meta bills it. */
  currency: string
  /** When templates were made, for the limit of a hundred in an hour. */
  creations: number[]
}

/** What happens to a message after it was accepted. */
export type Ladder = 'full' | 'read_without_delivered' | 'delivered_after_read' | 'failed_after_sent' | 'silent'

export interface PhoneNumber {
  id: string
  accountId: string
  /** Digits with the country code. */
  display: string
  registered: boolean
  pin: string | null
  /** Whether its owner has shown that it is theirs, and the code that was sent to it last. */
  verified: boolean
  verificationCode: string | null
  /** When it was registered, for the limit of ten in 72 hours. */
  registrations: number[]
  quality: 'GREEN' | 'YELLOW' | 'RED' | 'UNKNOWN'
  paymentMissing: boolean
  ladder: Ladder
  /** Whether text outside the window is refused at once or fails later. */
  windowErrors: 'sync' | 'async'
  /** Messages a second, or null for no limit. */
  throughput: number | null
  /** Charged or free service messages of one month, `YYYY-MM`. */
  serviceMessages: Record<string, number>
  /** Times of the last sends to each user and over all, for the rate limits. */
  sends: Record<string, number[]>
  lastSends: number[]
}

interface Token {
  accountId: string
  revoked: boolean
}

export interface SignupCode {
  accountId: string
  numberId: string
  expiresAt: number
  used: boolean
}

export type TemplateStatus = 'PENDING' | 'APPROVED' | 'REJECTED' | 'PAUSED' | 'DISABLED'
export type TemplateCategory = 'MARKETING' | 'UTILITY' | 'AUTHENTICATION'

export interface Template {
  id: string
  accountId: string
  name: string
  language: string
  category: TemplateCategory
  status: TemplateStatus
  parameterFormat: 'POSITIONAL' | 'NAMED'
  components: TemplateComponent[]
  rejectedReason: string
  /** When it was edited while approved: once in 24 hours and ten times in 30 days. */
  edits: number[]
}

interface TemplateButton {
  type: string
  text: string
  url?: string | undefined
  phone_number?: string | undefined
  example?: string[] | undefined
}

export interface TemplateComponent {
  type: 'HEADER' | 'BODY' | 'FOOTER' | 'BUTTONS'
  format?: 'TEXT' | 'IMAGE' | 'VIDEO' | 'DOCUMENT' | undefined
  text?: string | undefined
  buttons?: TemplateButton[] | undefined
  example?: Record<string, unknown> | undefined
}

/** A person as one account sees them. */
export interface User {
  accountId: string
  /** Digits with the country code; empty for a business-scoped id that nobody has. */
  phone: string
  bsuid: string
  name: string
  username: string | null
  hidePhone: boolean
  onWhatsapp: boolean
  marketingStopped: boolean
  marketingCapped: boolean
  /** When they last wrote to each number: the 24 hour window opens there. */
  lastInbound: Record<string, number>
}

export interface Message {
  id: string
  accountId: string
  numberId: string
  /** The phone number of the person, or a business-scoped id that nobody has. */
  person: string
  direction: 'out' | 'in'
  /** What the person reads. */
  text: string
  buttons: string[]
  category: TemplateCategory | 'SERVICE'
  callbackData: string | null
  /** Whether it was sent by BSUID, so that statuses name that. */
  byBsuid: boolean
  inWindow: boolean
  /** The code with which it will fail, decided when it was accepted. */
  refusal: number | null
  status: 'accepted' | 'sent' | 'delivered' | 'read' | 'failed' | 'received'
  at: number
  /** By the machine's clock, whatever the account's says. */
  receivedAt: number
}

export const WINDOW_MS = 24 * 60 * 60 * 1_000

export function createState(): State {
  return {
    accounts: new Map(),
    numbers: new Map(),
    tokens: new Map(),
    codes: new Map(),
    templates: new Map(),
    users: new Map(),
    messages: [],
  }
}

/** Removes one account with all that belongs to it, or everything. */
export function forgetAccount(state: State, accountId: string | null): void {
  const mine = (record: { accountId: string }) => accountId === null || record.accountId === accountId
  for (const records of [state.numbers, state.tokens, state.codes, state.templates, state.users]) {
    for (const [key, record] of records) if (mine(record)) records.delete(key)
  }
  state.messages = state.messages.filter((message) => !mine(message))
  if (accountId === null) state.accounts.clear()
  else state.accounts.delete(accountId)
}
