/** An error in the form of the Graph API; see `toBody` for what a client reads. */
interface GraphProblem {
  status: number
  message: string
  code: number
  subcode?: number
  details?: string
  /** Title and text for a person, on errors of the template API. */
  user?: { title: string; text: string }
}

/** Thrown by anything that refuses a call. */
export class GraphError extends Error {
  readonly problem: GraphProblem
  constructor(problem: GraphProblem) {
    super(problem.message)
    this.problem = problem
  }
}

interface Known {
  status: number
  title: string
  details: string
}

/** Source: Meta, Cloud API error codes (copy of 11 September 2026). The same codes come in failed statuses. */
const KNOWN = {
  80007: {
    status: 400,
    title: 'Rate limit issues',
    details: 'The WhatsApp Business Account has reached its rate limit.',
  },
  130429: { status: 400, title: 'Rate limit hit', details: 'Cloud API message throughput has been reached.' },
  131008: { status: 400, title: 'Required parameter is missing', details: 'A required parameter is missing.' },
  131009: { status: 400, title: 'Parameter value is not valid', details: 'A parameter has a value that is not valid.' },
  131016: { status: 500, title: 'Service unavailable', details: 'A service is temporarily unavailable.' },
  131026: { status: 400, title: 'Message undeliverable', details: 'Message Undeliverable.' },
  131042: {
    status: 400,
    title: 'Business eligibility payment issue',
    details: 'There was an error related to your payment method.',
  },
  131047: {
    status: 400,
    title: 'Re-engagement message',
    details: 'More than 24 hours have passed since the recipient last replied to the sender number.',
  },
  131048: {
    status: 400,
    title: 'Spam rate limit hit',
    details: 'Too many persons were reached from this number in a short time.',
  },
  131049: {
    status: 400,
    title: 'This message was not delivered to maintain healthy ecosystem engagement.',
    details: 'In order to maintain a healthy ecosystem engagement, the message failed to be delivered.',
  },
  131050: {
    status: 400,
    title: "User's number is part of an opt-out",
    details: 'This recipient has chosen to stop receiving marketing messages on WhatsApp from your business.',
  },
  131051: { status: 400, title: 'Unsupported message type', details: 'Message type is currently not supported.' },
  131056: {
    status: 400,
    title: '(Business Account, Consumer Account) pair rate limit hit',
    details:
      'Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.',
  },
  132000: {
    status: 400,
    title: 'Number of parameters does not match the expected number of params',
    details: 'The number of parameters differs from the template.',
  },
  132001: {
    status: 404,
    title: 'Template name does not exist in the translation',
    details: 'The template does not exist in that language or is not approved.',
  },
  132005: { status: 400, title: 'Translated text too long', details: 'The filled text of the template is too long.' },
  132012: {
    status: 400,
    title: 'Parameter format does not match format in the created template',
    details: 'A parameter has another form than in the template.',
  },
  132015: {
    status: 400,
    title: 'Template is Paused',
    details: 'Template is paused due to low quality so it cannot be sent in a template message.',
  },
  132016: {
    status: 400,
    title: 'Template is Disabled',
    details: 'Template was paused too often and is now permanently disabled.',
  },
  133005: {
    status: 400,
    title: 'Two step verification PIN mismatch',
    details: 'The two-step verification PIN is wrong.',
  },
  133006: {
    status: 400,
    title: 'Phone number re-verification needed',
    details: 'The phone number must be verified before it is registered.',
  },
  133010: { status: 400, title: 'Phone number not registered', details: 'The sender number is not registered.' },
  133016: {
    status: 400,
    title: 'Account register deregister rate limit exceeded',
    details: 'The number was registered too often in the last 72 hours.',
  },
} satisfies Record<number, Known>

export type KnownCode = keyof typeof KNOWN

/** A refusal by code alone; `details` says what exactly was wrong. */
export function known(code: KnownCode, details?: string): GraphError {
  const { status, title, details: usual } = KNOWN[code]
  return new GraphError({ status, code, message: `(#${code}) ${title}`, details: details ?? usual })
}

/** The entry of `errors[]` in a failed status, which has no `(#code)` in front. */
export function statusError(code: KnownCode) {
  const { title, details } = KNOWN[code]
  return {
    code,
    title,
    message: title,
    error_data: { details },
    href: '/documentation/business-messaging/whatsapp/support/error-codes',
  }
}

/** Code 100: a parameter of the call is wrong. */
export const invalid = (message: string): GraphError =>
  new GraphError({ status: 400, code: 100, message: `(#100) ${message}` })

/** The id is of nothing that this token may see, which is told like the id of nothing at all. */
export const noSuchObject = (id: string): GraphError =>
  new GraphError({
    status: 400,
    code: 100,
    subcode: 33,
    message: `Unsupported request. Object with ID '${id}' does not exist or cannot be loaded due to missing permissions.`,
  })

export const unknownPath = (path: string): GraphError =>
  new GraphError({ status: 400, code: 2500, message: `Unknown path components: ${path}` })

export const badToken = (): GraphError =>
  new GraphError({
    status: 401,
    code: 190,
    subcode: 463,
    message: 'Error validating access token: Session has expired',
  })

/** Refusal of a template; the subcode says why. */
export const templateProblem = (subcode: number, title: string, text: string): GraphError =>
  new GraphError({ status: 400, code: 100, subcode, message: 'Invalid parameter', user: { title, text } })

/** What the client reads. */
export function toBody(problem: GraphProblem, trace: string) {
  const { message, code, subcode, details, user } = problem
  return {
    error: {
      message,
      type: 'OAuthException',
      code,
      ...(details !== undefined && { error_data: { messaging_product: 'whatsapp', details } }),
      ...(subcode !== undefined && { error_subcode: subcode }),
      ...(user && { is_transient: false, error_user_title: user.title, error_user_msg: user.text }),
      fbtrace_id: trace,
    },
  }
}
