import { z } from 'zod'

const Match = z.strictObject({
  method: z.string().optional(),
  /** A regular expression for the path without the query. */
  path_regex: z.string().refine(isExpression, 'is not a regular expression').optional(),
  /** Only calls and webhooks of this account, however it is named in the path. */
  waba: z.string().optional(),
  /** The same for Razorpay, where it is an account id. */
  account: z.string().optional(),
  /** Webhooks of Razorpay only: the name of the event. */
  event: z.string().optional(),
  phone_number_id: z.string().optional(),
  /** Webhooks only: the `field` of the change, and for statuses their word. */
  field: z.string().optional(),
  status: z.string().optional(),
  /** The first one to strike, counted from 1 among those that match otherwise. */
  nth: z.number().int().min(1).default(1),
})

const CallFault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('reset_before') }),
  z.strictObject({ kind: z.literal('reset_after') }),
  z.strictObject({ kind: z.literal('hang_after'), seconds: z.number().min(0).max(600).default(60) }),
  z.strictObject({ kind: z.literal('slow'), ms: z.number().min(0).max(600_000) }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.union([z.literal(500), z.literal(502), z.literal(503), z.literal(504)]).default(500),
    body: z.enum(['json', 'html']).default('json'),
  }),
  z.strictObject({
    kind: z.literal('rate_429'),
    code: z.union([z.literal(130429), z.literal(80007), z.literal(131056)]).default(130429),
    http: z.union([z.literal(400), z.literal(429)]).default(400),
  }),
  z.strictObject({ kind: z.literal('auth') }),
  z.strictObject({ kind: z.literal('truncated_json') }),
  z.strictObject({ kind: z.literal('empty_200') }),
])

const WebhookFault = z.strictObject({
  kind: z.literal('webhook'),
  effect: z.enum([
    'duplicate',
    'reorder',
    'delay',
    'drop',
    'before_response',
    'bad_signature',
    'no_signature',
    'old_secret',
    're_serialised',
    'other_account',
  ]),
  /** How many copies arrive with `duplicate`. */
  n: z.number().int().min(2).max(100).default(2),
  /** How late it comes with `delay` and `reorder`. */
  ms: z.number().min(0).default(2_000),
  /** What signs instead, with `old_secret`. */
  secret: z.string().optional(),
})

function isExpression(text: string): boolean {
  try {
    return Boolean(new RegExp(text))
  } catch {
    return false
  }
}

/** Body of POST /__ctl/faults, flat: `{match, times, kind, ...}`. */
export const FaultInput = z
  .looseObject({ match: Match.prefault({}), times: z.number().int().min(1).default(1) })
  .transform(({ match, times, ...fault }, context) => {
    const parsed = z.union([CallFault, WebhookFault]).safeParse(fault)
    if (parsed.success) return { match, times, fault: parsed.data }
    context.addIssue({ code: 'custom', message: `unknown fault ${JSON.stringify(fault)}` })
    return z.NEVER
  })

export type CallFault = z.infer<typeof CallFault>
export type WebhookFault = z.infer<typeof WebhookFault>
type Rule = z.infer<typeof FaultInput> & { id: number; seen: number }

/** What a fault may look at. `account` is the WABA, or Razorpay's account, to which the call or the webhook belongs. */
interface Occasion {
  method?: string
  path?: string
  account: string | null
  phoneNumberId?: string | null
  field?: string
  status?: string
  event?: string
}

export interface Faults {
  add(input: z.infer<typeof FaultInput>): number
  /** The fault that strikes this call, which is used up by one; null for none. */
  forCall(occasion: Occasion): CallFault | null
  forWebhook(occasion: Occasion): WebhookFault | null
  /** Whether the webhooks of a call have to arrive before its answer. */
  beforeResponse(occasion: Occasion): boolean
  list(): readonly unknown[]
  forget(account: string | null): void
}

export function createFaults(): Faults {
  let rules: Rule[] = []
  let count = 0

  function strike<F extends CallFault | WebhookFault>(
    occasion: Occasion,
    wanted: (fault: Rule['fault']) => fault is F,
  ) {
    const rule = rules.find((each) => wanted(each.fault) && matches(each, occasion) && ++each.seen >= each.match.nth)
    if (!rule) return null
    rule.times--
    if (rule.times === 0) rules = rules.filter((each) => each !== rule)
    return rule.fault as F
  }

  return {
    add(input) {
      rules.push({ ...input, id: ++count, seen: 0 })
      return count
    },
    forCall: (occasion) => strike(occasion, (fault): fault is CallFault => fault.kind !== 'webhook'),
    forWebhook: (occasion) =>
      strike(
        occasion,
        (fault): fault is WebhookFault => fault.kind === 'webhook' && fault.effect !== 'before_response',
      ),
    beforeResponse: (occasion) =>
      strike(
        occasion,
        (fault): fault is WebhookFault => fault.kind === 'webhook' && fault.effect === 'before_response',
      ) !== null,
    list: () => rules,
    forget(account) {
      rules = account === null ? [] : rules.filter((rule) => !belongsTo(rule, account))
    },
  }
}

function matches({ match }: Rule, occasion: Occasion): boolean {
  const same = (wanted: string | undefined, found: string | null | undefined) =>
    wanted === undefined || wanted === found
  const path = match.path_regex === undefined || new RegExp(match.path_regex).test(occasion.path ?? '')
  return (
    path &&
    same(match.method?.toUpperCase(), occasion.method) &&
    same(match.account ?? match.waba, occasion.account) &&
    same(match.event, occasion.event) &&
    same(match.phone_number_id, occasion.phoneNumberId) &&
    same(match.field, occasion.field) &&
    same(match.status, occasion.status)
  )
}

const belongsTo = ({ match }: Rule, account: string) =>
  (match.account ?? match.waba) === account || (match.path_regex ?? '').includes(account)
