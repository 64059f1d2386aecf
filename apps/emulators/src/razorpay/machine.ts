export type Status =
  | 'created'
  | 'authenticated'
  | 'active'
  | 'pending'
  | 'halted'
  | 'paused'
  | 'cancelled'
  | 'completed'
  | 'expired'

export type Cause =
  | 'authenticate_later'
  | 'authenticate_now'
  | 'start'
  | 'charge_ok'
  | 'charge_failed'
  | 'give_up'
  | 'pause'
  | 'resume'
  | 'cancel'
  | 'run_out'
  | 'expire'

interface Step {
  to: Status
  /** Without the prefix `subscription.`. */
  events: readonly string[]
}

/** How a subscription moves (docs of Razorpay, "Subscription states"). A pair that is not here is refused. */
export const STEPS: Record<Status, Partial<Record<Cause, Step>>> = {
  created: {
    authenticate_later: { to: 'authenticated', events: ['authenticated'] },
    authenticate_now: { to: 'active', events: ['activated', 'charged'] },
    cancel: { to: 'cancelled', events: ['cancelled'] },
    // Nobody is told.
    expire: { to: 'expired', events: [] },
  },
  authenticated: {
    start: { to: 'active', events: ['activated'] },
    cancel: { to: 'cancelled', events: ['cancelled'] },
    // To pause a trial is to destroy it.
    pause: { to: 'cancelled', events: ['cancelled'] },
  },
  active: {
    charge_ok: { to: 'active', events: ['charged'] },
    charge_failed: { to: 'pending', events: ['pending'] },
    pause: { to: 'paused', events: ['paused'] },
    cancel: { to: 'cancelled', events: ['cancelled'] },
    run_out: { to: 'completed', events: ['completed'] },
  },
  pending: {
    charge_ok: { to: 'active', events: ['charged', 'activated'] },
    charge_failed: { to: 'pending', events: ['pending'] },
    give_up: { to: 'halted', events: ['halted'] },
    cancel: { to: 'cancelled', events: ['cancelled'] },
  },
  halted: {
    charge_ok: { to: 'active', events: ['activated', 'charged'] },
    cancel: { to: 'cancelled', events: ['cancelled'] },
    run_out: { to: 'completed', events: ['completed'] },
  },
  paused: {
    resume: { to: 'active', events: ['resumed'] },
    cancel: { to: 'cancelled', events: ['cancelled'] },
  },
  cancelled: {},
  completed: {},
  expired: {},
}
