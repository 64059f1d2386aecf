import type { Queries } from '@pramaan/db'
import { templateParameters, WHATSAPP_TEMPLATE } from '../compliance/index.ts'
import { filled, frameOf } from './rules/own-template.ts'
import { findTemplate } from './template-queries.ts'
import type { CampaignRow, ConnectionRow } from './views.ts'

/** What stands around the words of a firm in every template: that of the product. */
export const FRAME = frameOf(WHATSAPP_TEMPLATE.body)

/** A template and what fills it. */
export interface TemplateMessage {
  name: string
  language: string
  parameters: string[]
}

/** By which template a campaign goes out, and whether WhatsApp lets it. */
export interface Carrier {
  templateStatus: string | null
  name: string
  language: string
  /** The words of a template of the firm's own; null where they are not known, or the template is the product's. */
  body: string | null
  own: boolean
}

type Carried = Pick<CampaignRow, 'templateId' | 'templateParameters'>

/** The template that carries a campaign, as it stands now. One whose words we do not know counts as not approved. */
export async function readCarrier(
  queries: Queries,
  advisorId: string,
  { templateId }: Pick<Carried, 'templateId'>,
  connection: Pick<ConnectionRow, 'templateStatus' | 'wabaId'> | null,
): Promise<Carrier> {
  const { name, language } = WHATSAPP_TEMPLATE
  if (templateId === null) {
    return { templateStatus: connection?.templateStatus ?? null, name, language, body: null, own: false }
  }
  const found = await findTemplate(queries, advisorId, templateId)
  const isUsable = found !== null && found.body !== null && found.wabaId === connection?.wabaId
  return {
    templateStatus: isUsable ? found.status : null,
    name: found?.name ?? '',
    language: found?.language ?? '',
    body: found?.body ?? null,
    own: true,
  }
}

/**
 * The parameters that make a template say exactly what a proof covers; null where it would say anything else, be it by one
 * character.
 */
export function messageFor(
  carrier: Carrier,
  parameters: readonly string[],
  renderedText: string,
): TemplateMessage | null {
  const { name, language, own, body } = carrier
  const whole = templateParameters(renderedText)
  if (!own) return parameters.length === 0 ? { name, language, parameters: whole } : null
  const [from = '', text, footer = ''] = whole
  if (body === null || filled(body, parameters) !== text) return null
  return { name, language, parameters: [from, ...parameters, footer] }
}
