import type { LicenceState } from '@pramaan/shared'

export interface OnboardingFacts {
  emailVerified: boolean
  licenceStates: readonly LicenceState[]
  /** Of the live WhatsApp connection, null where there is none. */
  connection: 'connecting' | 'connected' | 'failed' | 'revoked' | null
  preferencesSet: boolean
}

export interface OnboardingStep {
  id: 'email' | 'licence' | 'whatsapp' | 'preferences'
  /** `waiting`: the next move is not the advisor's. */
  state: 'open' | 'waiting' | 'done'
}

/** What is left to do before the first message goes out, in the order in which it is best done. */
export function onboardingSteps(facts: OnboardingFacts): OnboardingStep[] {
  const has = (...states: LicenceState[]) => facts.licenceStates.some((state) => states.includes(state))
  const licence = has('verified', 'lapsing') ? 'done' : has('claimed', 'evidence') ? 'waiting' : 'open'
  const whatsapp = facts.connection === 'connected' ? 'done' : facts.connection === 'connecting' ? 'waiting' : 'open'
  return [
    { id: 'email', state: facts.emailVerified ? 'done' : 'waiting' },
    { id: 'licence', state: licence },
    { id: 'whatsapp', state: whatsapp },
    { id: 'preferences', state: facts.preferencesSet ? 'done' : 'open' },
  ]
}
