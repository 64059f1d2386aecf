import { priceOf } from './price.ts'

/** What stands around a firm's words in each of its templates: who writes before them, footer and way out after. */
export interface Frame {
  before: string
  between: string
  after: string
}

/** Cuts the body of the product's template, whose second variable is the text and whose third is the footer. */
export function frameOf(body: string): Frame {
  const [before, between, after] = body.split(/\{\{[23]\}\}/)
  if (before === undefined || between === undefined || after === undefined) throw new Error('not the body of a frame')
  return { before, between, after }
}

const VARIABLE = /\{\{(\d+)\}\}/g

const shifted = (body: string, by: number) =>
  body.replace(VARIABLE, (_, number: string) => `{{${Number(number) + by}}}`)

/** How many variables a body has. */
const variablesOf = (body: string): number => new Set([...body.matchAll(VARIABLE)].map((match) => match[1])).size

/** The whole body of a firm's template: its variables stand between the name of the firm and the footer. */
export function framed({ before, between, after }: Frame, body: string): string {
  return `${before}${shifted(body, 1)}${between}{{${variablesOf(body) + 2}}}${after}`
}

/** The firm's words in a whole body; null where it is not framed. */
export function unframed(frame: Frame, whole: string): string | null {
  if (!whole.startsWith(frame.before)) return null
  const body = shifted(whole.slice(frame.before.length), -1)
  const end = body.lastIndexOf(`${frame.between}{{`)
  const own = end < 0 ? '' : body.slice(0, end)
  return framed(frame, own) === whole && bodyProblem(own) === null ? own : null
}

/** Meta, "Template components": the filled body holds so many characters. */
const MOST_CHARACTERS = 1_024

/**
 * Why WhatsApp would not take a body, or could not be given parameters for it, in plain words; null when there is no
 * reason. Source: Meta, template components and the error subcodes 2388040, 2388072 and 2388299.
 */
export function bodyProblem(body: string): string | null {
  const numbers = [...body.matchAll(VARIABLE)].map((match) => Number(match[1]))
  if (body.trim() === '') return 'The template needs words.'
  if (body.length > MOST_CHARACTERS) return `WhatsApp takes ${MOST_CHARACTERS} characters.`
  if (/[\n\r\t]| {2}/.test(body)) return 'Write it in one paragraph, without tabs and double spaces.'
  if (body.trim() !== body) return 'Leave out the spaces before and after it.'
  if (/[{}]/.test(body.replace(VARIABLE, ''))) return 'Variables look like {{1}}; other braces cannot be used.'
  if (/^\{\{|\}\}$/.test(body)) return 'A variable cannot stand first or last: put words around it.'
  if (/\}\}\s*\{\{/.test(body)) return 'Two variables cannot stand side by side: put words between them.'
  if (numbers.some((number, index) => number !== index + 1))
    return 'Number the variables {{1}}, {{2}}, ... in order, each used once.'
  return null
}

/** Why these examples do not fit a body; null when they do. */
export function examplesProblem(body: string, examples: readonly string[]): string | null {
  const count = variablesOf(body)
  return examples.length === count
    ? null
    : `Give ${count} examples, one for each variable; there are ${examples.length}.`
}

/** A body with its variables filled; null where number or form of the parameters does not fit. */
export function filled(body: string, parameters: readonly string[]): string | null {
  const areFit = parameters.every((one) => one !== '' && one.trim() === one && !/[\n\r\t]| {2}/.test(one))
  if (!areFit || parameters.length !== variablesOf(body)) return null
  return body.replace(VARIABLE, (_, number: string) => parameters[Number(number) - 1] ?? '')
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Templates that one account makes in an hour, and that it holds (Meta, "Template management", 13 April 2026). */
const MOST_AN_HOUR = 100
const MOST_TEMPLATES = 250
/** How often an approved one may be edited in 30 days; and once a day. */
const MOST_EDITS = 10

/** How long the name of a deleted template that had been approved stays blocked. */
export const NAME_BLOCK_MS = 30 * DAY_MS

const hindi = (at: Date) => new Date(at.getTime() + 5.5 * HOUR_MS).toISOString().slice(0, 16).replace('T', ' ')

/** Why another template cannot be made now; null when it can. */
export function creationProblem(
  { live, lastHour, nameFreeAt }: { live: number; lastHour: number; nameFreeAt: Date | null },
  now: Date,
): string | null {
  if (live >= MOST_TEMPLATES) return `WhatsApp holds ${MOST_TEMPLATES} templates for an account. Delete one first.`
  if (lastHour >= MOST_AN_HOUR) return `WhatsApp takes ${MOST_AN_HOUR} new templates in an hour. Try again later.`
  if (nameFreeAt !== null && nameFreeAt > now) {
    return `A template of this name was deleted; WhatsApp frees the name on ${hindi(nameFreeAt)} (India). Use another name.`
  }
  return null
}

/** The edits of the last 30 days. */
export const recentEdits = (editedAt: readonly Date[], now: Date): Date[] =>
  editedAt.filter((at) => at.getTime() > now.getTime() - 30 * DAY_MS)

const EDITABLE = ['APPROVED', 'REJECTED', 'PAUSED']

/** Why a template cannot be edited now; null when it can. */
export function editProblem(
  { status, editedAt }: { status: string; editedAt: readonly Date[] },
  now: Date,
): string | null {
  if (!EDITABLE.includes(status)) {
    return `It is ${status.toLowerCase()}; WhatsApp lets approved, rejected and paused templates be edited.`
  }
  if (status !== 'APPROVED') return null
  const recent = recentEdits(editedAt, now)
  const last = recent.at(-1)
  if (last && last.getTime() > now.getTime() - DAY_MS) {
    return `WhatsApp lets an approved template be edited once in 24 hours; again from ${hindi(new Date(last.getTime() + DAY_MS))} (India).`
  }
  if (recent.length >= MOST_EDITS) return `WhatsApp lets an approved template be edited ${MOST_EDITS} times in 30 days.`
  return null
}

/** What WhatsApp's refusals of templates mean (error 100 with these subcodes), and what to do. */
const REFUSALS: Readonly<Record<number, string>> = {
  2388019: 'The account has as many templates, or made as many changes, as WhatsApp allows. Delete one or wait.',
  2388023: 'WhatsApp is still deleting a template of this name. Use another name.',
  2388024: 'There is a template of this name in this language already. Edit that one, or use another name.',
  2388039: 'WhatsApp does not let this template be edited in its present state.',
  2388040: 'The template is too long for WhatsApp. Shorten it.',
  2388047: 'WhatsApp does not accept the form of the header.',
  2388072: 'WhatsApp does not accept the form of the text. Check variables, braces and line breaks.',
  2388073: 'WhatsApp does not accept the form of the footer.',
  2388293: 'There are too many variables for so few words. Add words, or leave variables out.',
  2388299: 'A variable cannot stand first or last: put words around it.',
  2593002: 'WhatsApp has no such template any more. Have the list read again.',
}

export const templateRefusal = (subcode: number | undefined): string =>
  REFUSALS[subcode ?? 0] ?? 'WhatsApp did not accept the template. Look into WhatsApp Manager for the reason.'

/** What a message in India costs by a category. */
export const indianPrice = (category: string, now: Date): number | null => priceOf('IN', category, now)
