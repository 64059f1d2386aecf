import { z } from 'zod'

/** What becomes of the call: the network and the machine of the vendor. */
const CALL_FAULTS = [
  z.strictObject({ kind: z.literal('slow'), ms: z.number().min(0).max(600_000) }),
  z.strictObject({ kind: z.literal('auth') }),
  z.strictObject({ kind: z.literal('rate_429') }),
  z.strictObject({ kind: z.literal('quota') }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.union([z.literal(500), z.literal(502), z.literal(503), z.literal(529)]).default(500),
    body: z.enum(['json', 'html']).default('json'),
  }),
  z.strictObject({ kind: z.literal('reset') }),
  z.strictObject({ kind: z.literal('cut') }),
  z.strictObject({ kind: z.literal('truncated_json') }),
  z.strictObject({ kind: z.literal('empty_200') }),
  z.strictObject({ kind: z.literal('huge'), bytes: z.number().int().min(1).max(200_000_000).default(50_000_000) }),
  z.strictObject({ kind: z.literal('redirect'), to: z.url() }),
] as const

/** What the model says, in a call that goes well. */
const ANSWER_FAULTS = [
  z.strictObject({ kind: z.literal('refusal') }),
  z.strictObject({ kind: z.literal('cut_short') }),
  z.strictObject({ kind: z.literal('not_json') }),
  z.strictObject({ kind: z.literal('wrong_shape') }),
  z.strictObject({ kind: z.literal('lie') }),
  z.strictObject({ kind: z.literal('hostile') }),
  z.strictObject({ kind: z.literal('echo') }),
  z.strictObject({ kind: z.literal('link') }),
  z.strictObject({ kind: z.literal('concern') }),
  z.strictObject({ kind: z.literal('no_concern') }),
] as const

const Fault = z.discriminatedUnion('kind', [...CALL_FAULTS, ...ANSWER_FAULTS])
export type Fault = z.infer<typeof Fault>
export type AnswerFault = Extract<Fault, z.infer<(typeof ANSWER_FAULTS)[number]>>

/** Body of POST /__ctl/faults, flat: `{account, times, kind, ...}`. An account is known by its API key. */
export const FaultInput = z
  .looseObject({ account: z.string().min(1), times: z.number().int().min(1).default(1) })
  .transform(({ account, times, ...fault }, context) => {
    const parsed = Fault.safeParse(fault)
    if (parsed.success) return { account, times, fault: parsed.data }
    context.addIssue({ code: 'custom', message: `unknown fault ${JSON.stringify(fault)}` })
    return z.NEVER
  })

export interface Faults {
  add(order: z.output<typeof FaultInput>): void
  /** The fault that strikes a call of this account, which is used up by one; null for none. */
  next(account: string): Fault | null
  forget(account: string | null): void
}

/** Faults that tests ordered, first come, first served, for each account by itself. */
export function createFaults(): Faults {
  let orders: z.output<typeof FaultInput>[] = []
  return {
    add: (order) => {
      orders.push({ ...order })
    },
    next(account) {
      const order = orders.find((one) => one.account === account)
      if (!order) return null
      order.times--
      if (order.times === 0) orders = orders.filter((one) => one !== order)
      return order.fault
    },
    forget(account) {
      orders = account === null ? [] : orders.filter((one) => one.account !== account)
    },
  }
}
