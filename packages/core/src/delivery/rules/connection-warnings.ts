import type { ConnectionWarning } from '@pramaan/shared'
import type { z } from 'zod'

type Warning = z.output<typeof ConnectionWarning>

interface Health {
  billingCurrency: string | null
  canSend: string | null
  healthCode: number | null
  quality: string | null
  nameStatus: string | null
}

/** From then on Meta delivers nothing for businesses in India whose account is not billed in rupees. */
const INR_ONLY_FROM = new Date('2026-12-31T18:30:00Z')

/** "There is a payment error" (Meta, "Messaging health status"). */
const PAYMENT = 141006

/**
 * What a firm should see to before its number stops or fails, in plain words.
 * Source: Meta, "Pricing" (11 September 2026) for the currency, "Messaging health status" for the rest.
 */
export function connectionWarnings(health: Health, now: Date): Warning[] {
  const { billingCurrency, canSend, healthCode, quality, nameStatus } = health
  const warnings: Warning[] = []
  const warn = (id: Warning['id'], message: string) => warnings.push({ id, message })
  if (billingCurrency !== null && billingCurrency !== 'INR') {
    const since = now >= INR_ONLY_FROM
    warn(
      'billing_currency',
      since
        ? `WhatsApp bills this account in ${billingCurrency}, and has delivered nothing for Indian businesses outside INR since 1 January 2027. Move it to INR in WhatsApp Manager.`
        : `WhatsApp bills this account in ${billingCurrency}. Indian businesses have to move to INR by 31 December 2026; from 1 January 2027 nothing else is delivered. Move it in WhatsApp Manager.`,
    )
  }
  if (healthCode === PAYMENT) warn('payment', 'WhatsApp has no valid payment method. Add one in WhatsApp Manager.')
  else if (canSend === 'BLOCKED') {
    const code = healthCode === null ? '' : ` (its error ${healthCode})`
    warn('blocked', `WhatsApp lets this number send nothing${code}. Look into WhatsApp Manager for the reason.`)
  }
  if (canSend === 'LIMITED') warn('limited', 'WhatsApp limits what this number may send. Look into WhatsApp Manager.')
  if (quality === 'RED') {
    warn('quality', 'People block or report this number often: its quality is low, and templates may be paused.')
  }
  if (nameStatus !== null && nameStatus !== 'APPROVED' && nameStatus !== 'AVAILABLE_WITHOUT_REVIEW') {
    warn('name', `The display name of the number is not approved (${nameStatus.toLowerCase().replaceAll('_', ' ')}).`)
  }
  return warnings
}
