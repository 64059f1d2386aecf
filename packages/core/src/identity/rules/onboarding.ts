import type { LicenceState } from '@pramaan/shared'

export interface OnboardingFacts {
  emailVerified: boolean
  licenceStates: readonly LicenceState[]
  /** Of the live WhatsApp connection, null where there is none. */
  connection: 'connecting' | 'connected' | 'failed' | 'revoked' | null
  /** How far its connecting came, and why it stands still. */
  connectionStep: string | null
  connectionFailure: string | null
  preferencesSet: boolean
}

export interface OnboardingStep {
  id: 'email' | 'licence' | 'whatsapp' | 'preferences'
  /** `waiting`: the next move is not the advisor's. */
  state: 'open' | 'waiting' | 'done'
  at: string | null
  problem: string | null
}

/** What is left to do before the first message goes out, in the order in which it is best done. */
export function onboardingSteps(facts: OnboardingFacts): OnboardingStep[] {
  const has = (...states: LicenceState[]) => facts.licenceStates.some((state) => states.includes(state))
  const licence = has('verified', 'lapsing') ? 'done' : has('claimed', 'evidence') ? 'waiting' : 'open'
  const whatsapp = facts.connection === 'connected' ? 'done' : facts.connection === 'connecting' ? 'waiting' : 'open'
  const plain = { at: null, problem: null }
  return [
    { id: 'email', state: facts.emailVerified ? 'done' : 'waiting', ...plain },
    { id: 'licence', state: licence, ...plain },
    { id: 'whatsapp', state: whatsapp, at: facts.connectionStep, problem: facts.connectionFailure },
    { id: 'preferences', state: facts.preferencesSet ? 'done' : 'open', ...plain },
  ]
}
