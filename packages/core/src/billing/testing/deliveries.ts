/** One HTTP POST: a file, by its number. */
export type Step = string

/** What must hold afterwards; what is left out is not looked at. */
export interface Expected {
  subscription?: string
  paidCount?: number
  paidUntil?: string
  charges?: number
  invoices?: number
  refund?: string
  pausedByCustomer?: boolean
  parked?: number
  standing?: string
}

/**
 * Sequences of webhooks as Razorpay may send them, and the state that must hold after each, in whatever order and number
 * they came. `given` is what had happened before, in order.
 */
export const DELIVERIES: Record<string, { given?: Step[]; steps: Step[]; expect: Expected }> = {
  'a trial becomes paid': {
    steps: ['01', '02', '03', '17'],
    expect: { subscription: 'active', paidCount: 1, charges: 1, invoices: 1, paidUntil: '2026-02-19T18:30:00.000Z' },
  },
  'captured and charged speak of one payment': { steps: ['15', '04'], expect: { charges: 1, paidCount: 2 } },
  'an exact duplicate': { steps: ['03', '03', '03'], expect: { charges: 1, invoices: 1 } },
  'the same content under new event ids': { steps: ['03', '03'], expect: { charges: 1, invoices: 1 } },
  'charged before activated': { steps: ['03', '02', '01'], expect: { subscription: 'active', paidCount: 1 } },
  'dunning up to the halt, which closes the grace': {
    steps: ['04', '16', '05', '06', '07'],
    expect: { subscription: 'halted', standing: 'none', charges: 1 },
  },
  'the first failure opens the grace': {
    steps: ['04', '16', '05'],
    expect: { subscription: 'pending', standing: 'grace', charges: 1 },
  },
  'a late pending after the halt': { steps: ['05', '07', '06'], expect: { subscription: 'halted' } },
  'recovery by a new card': { steps: ['07', '08'], expect: { subscription: 'active', paidCount: 3, charges: 1 } },
  'a late halt after the recovery': { steps: ['08', '07'], expect: { subscription: 'active', charges: 1 } },
  'what is cancelled stays so': { steps: ['12', '09', '11'], expect: { subscription: 'cancelled' } },
  'paused and resumed': { steps: ['10', '11'], expect: { subscription: 'active' } },
  'the customer paused the mandate': { given: ['03'], steps: ['23'], expect: { pausedByCustomer: true } },
  'escaped bytes': { steps: ['90'], expect: { subscription: 'active', charges: 1 } },
  'an event that nobody knows': { steps: ['91'], expect: { subscription: 'created', parked: 1 } },
  'an event of another account': { steps: ['92'], expect: { subscription: 'created', parked: 1 } },
  'a refund that succeeds': { given: ['08'], steps: ['19', '20'], expect: { refund: 'processed', charges: 1 } },
  'a refund that is processed before it is created': {
    given: ['08'],
    steps: ['20', '19'],
    expect: { refund: 'processed' },
  },
  'a refund that fails': { given: ['08'], steps: ['19', '21'], expect: { refund: 'failed', charges: 1 } },
  'a dispute is told to people and moves nothing': { given: ['04'], steps: ['22'], expect: { subscription: 'active' } },
  'the whole life': {
    steps: ['01', '02', '03', '17', '15', '04', '16', '05', '06', '07', '08', '10', '11', '12'],
    expect: { subscription: 'cancelled', charges: 3, invoices: 3 },
  },
}
