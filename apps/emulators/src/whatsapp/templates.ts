import { cursor, pick } from './accounts.ts'
import { invalid, noSuchObject, templateProblem } from './graph-error.ts'
import type { Meta } from './meta.ts'
import type { Account, Template, TemplateStatus } from './state.ts'
import { checkComponents, parseTemplate, TemplateEdit, TemplateInput } from './template-rules.ts'

const MAX_TEMPLATES = 250
const MAX_CREATIONS_AN_HOUR = 100
const MAX_EDITS_IN_30_DAYS = 10
const HOUR_MS = 60 * 60 * 1_000
const DAY_MS = 24 * HOUR_MS
const NAME_BLOCK_MS = 30 * DAY_MS

/** How long the review takes where it goes by itself. */
const AUTO_REVIEW_MS = 200

const TEMPLATE_FIELDS: Record<string, (template: Template) => unknown> = {
  id: (template) => template.id,
  name: (template) => template.name,
  language: (template) => template.language,
  status: (template) => template.status,
  category: (template) => template.category,
  parameter_format: (template) => template.parameterFormat,
  components: (template) => template.components,
  rejected_reason: (template) => template.rejectedReason,
  quality_score: () => ({ score: 'UNKNOWN' }),
}
const TEMPLATE_DEFAULTS = 'id,name,language,status,category,parameter_format,components'

const ofAccount = (meta: Meta, account: Account) =>
  [...meta.state.templates.values()].filter((template) => template.accountId === account.id)

/** POST /{WABA}/message_templates: every new template waits for its review. */
export function createTemplate(meta: Meta, account: Account, body: unknown) {
  const input = parseTemplate(TemplateInput, body)
  checkComponents(input.components, input.parameter_format)
  const mine = ofAccount(meta, account)
  if (mine.length >= MAX_TEMPLATES) {
    throw templateProblem(
      2388019,
      'Message template limit exceeded',
      `An account has up to ${MAX_TEMPLATES} templates.`,
    )
  }
  if (mine.some((template) => template.name === input.name && template.language === input.language)) {
    throw templateProblem(
      2388024,
      'Content in this language already exists',
      'Choose another name or edit the template.',
    )
  }
  if ((account.blockedNames[input.name] ?? 0) > meta.clock.now(account.id)) {
    throw templateProblem(2388023, 'Message template is being deleted', 'The name can be used again 30 days later.')
  }
  countCreation(account, meta.clock.now(account.id))
  const template: Template = {
    id: meta.ids.template(),
    accountId: account.id,
    name: input.name,
    language: input.language,
    category: input.category,
    status: 'PENDING',
    parameterFormat: input.parameter_format,
    components: input.components,
    rejectedReason: 'NONE',
    edits: [],
  }
  meta.state.templates.set(template.id, template)
  awaitReview(meta, template)
  return { id: template.id, status: template.status, category: template.category }
}

/** Source: Meta, template management (13 April 2026). */
function countCreation(account: Account, now: number): void {
  account.creations = account.creations.filter((at) => at > now - HOUR_MS)
  if (account.creations.length >= MAX_CREATIONS_AN_HOUR) {
    throw templateProblem(2388019, 'Too many templates', 'An account makes up to 100 templates in an hour.')
  }
  account.creations.push(now)
}

function countEdit(template: Template, now: number): void {
  template.edits = template.edits.filter((at) => at > now - 30 * DAY_MS)
  const tooSoon = (template.edits.at(-1) ?? 0) > now - DAY_MS
  if (tooSoon || template.edits.length >= MAX_EDITS_IN_30_DAYS) {
    throw templateProblem(2388019, 'Too many edits', 'Once in 24 hours and ten times in 30 days.')
  }
  template.edits.push(now)
}

/** Where everything flows by itself, a template that waits is approved a little later. */
export function awaitReview(meta: Meta, template: Template): void {
  if (!meta.options.auto) return
  meta.clock.schedule(template.accountId, AUTO_REVIEW_MS, () => {
    if (template.status === 'PENDING') decideTemplate(meta, template, { status: 'APPROVED', reason: 'NONE' })
  })
}

/** POST /{TEMPLATE_ID}: replaces all components or the category; then a new review begins. */
export function editTemplate(meta: Meta, template: Template, body: unknown): { success: true } {
  const input = parseTemplate(TemplateEdit, body)
  if (template.status === 'PENDING' || template.status === 'DISABLED') {
    throw templateProblem(2388039, 'Template cannot be edited', 'Only approved, rejected or paused ones can be edited.')
  }
  if (input.category && template.status === 'APPROVED' && input.category !== template.category) {
    throw templateProblem(2388039, 'Category cannot be edited', 'The category of an approved template is fixed.')
  }
  if (input.components) {
    if (template.status === 'APPROVED') countEdit(template, meta.clock.now(template.accountId))
    checkComponents(input.components, template.parameterFormat)
    template.components = input.components
  }
  if (input.category) template.category = input.category
  template.status = 'PENDING'
  awaitReview(meta, template)
  return { success: true }
}

/** The template with this id, if the token may see it. */
export function ownTemplate(meta: Meta, accountId: string, id: string): Template {
  const template = meta.state.templates.get(id)
  if (template?.accountId !== accountId) throw noSuchObject(id)
  return template
}

/** GET /{TEMPLATE_ID}. */
export function templateView(template: Template, fields: string | undefined): Record<string, unknown> {
  return pick(fields ?? TEMPLATE_DEFAULTS, TEMPLATE_FIELDS, (read) => read(template))
}

/** GET /{WABA}/message_templates with `fields`, `limit`, `after` and the filters `name`, `language`, `status`, `category`. */
export function listTemplates(meta: Meta, account: Account, url: URL) {
  const query: Record<string, string> = Object.fromEntries(url.searchParams)
  const limit = Number(query.limit ?? 25)
  if (!Number.isInteger(limit) || limit < 1) throw invalid('Param limit must be a positive whole number.')
  const found = ofAccount(meta, account).filter(
    (template) =>
      (query.name === undefined || template.name.includes(query.name)) &&
      (query.language === undefined || template.language === query.language) &&
      (query.status === undefined || template.status === query.status) &&
      (query.category === undefined || template.category === query.category),
  )
  const start = query.after === undefined ? 0 : found.findIndex((template) => cursor(template.id) === query.after) + 1
  if (query.after !== undefined && start === 0) throw invalid('Param after is not a cursor of this list.')
  const page = found.slice(start, start + limit)
  const first = page[0]
  const last = page.at(-1)
  const data = page.map((template) => templateView(template, query.fields))
  if (!first || !last) return { data }
  const cursors = { before: cursor(first.id), after: cursor(last.id) }
  const more = start + limit < found.length
  return { data, paging: { cursors, ...(more && { next: withAfter(url, cursors.after) }) } }
}

/** The address of the next page: the same question, further on. */
function withAfter(url: URL, after: string): string {
  const next = new URL(url)
  next.searchParams.set('after', after)
  return next.href
}

/** DELETE /{WABA}/message_templates: a name takes all its languages along, `hsm_id` with it only one. */
export function deleteTemplates(meta: Meta, account: Account, query: Record<string, string>): { success: true } {
  if (query.name === undefined) throw invalid('The parameter name is required.')
  const found = ofAccount(meta, account).filter(
    (template) => template.name === query.name && (query.hsm_id === undefined || template.id === query.hsm_id),
  )
  if (found.length === 0) throw templateProblem(2593002, 'Message template not found', 'There is no such template.')
  if (found.some((template) => template.status === 'DISABLED')) throw invalid('A disabled template cannot be deleted.')
  for (const template of found) meta.state.templates.delete(template.id)
  if (found.some((template) => template.status === 'APPROVED')) {
    account.blockedNames[query.name] = meta.clock.now(account.id) + NAME_BLOCK_MS
  }
  return { success: true }
}

const namesOf = (template: Template) => ({
  // The same id is a string in the API.
  message_template_id: Number(template.id),
  message_template_name: template.name,
  message_template_language: template.language,
})

/** Meta moves a template to another category: announced a day ahead, then done. */
export function recategorise(meta: Meta, template: Template, category: Template['category'], announced: boolean): void {
  const { accountId, category: before } = template
  const value = announced
    ? { new_category: before, correct_category: category, category_update_timestamp: later(meta, accountId) }
    : { previous_category: before, new_category: category }
  if (!announced) template.category = category
  tell(meta, accountId, 'template_category_update', { ...namesOf(template), ...value })
}

const later = (meta: Meta, accountId: string) => Math.floor((meta.clock.now(accountId) + DAY_MS) / 1_000)

/** Somebody gives a template other words in WhatsApp Manager; its review is taken as passed. */
export function rewrite(meta: Meta, template: Template, text: string): void {
  template.components = template.components.map((one) => (one.type === 'BODY' ? { ...one, text } : one))
  const value = { ...namesOf(template), message_template_element: text }
  tell(meta, template.accountId, 'message_template_components_update', value)
}

function tell(meta: Meta, accountId: string, field: string, value: Record<string, unknown>): void {
  if (!meta.state.accounts.get(accountId)?.subscribed) return
  meta.webhooks.enqueue(accountId, { field, value, timed: true })
}

interface Decision {
  status: TemplateStatus
  reason: string
  category?: Template['category'] | undefined
}

/** The outcome of a review, or a later pause, with the webhook that tells of it. */
export function decideTemplate(meta: Meta, template: Template, { status, reason, category }: Decision): void {
  template.status = status
  template.rejectedReason = status === 'REJECTED' ? reason : 'NONE'
  if (category) template.category = category
  if (!meta.state.accounts.get(template.accountId)?.subscribed) return
  const value = {
    event: status,
    ...namesOf(template),
    reason: status === 'REJECTED' ? reason : 'NONE',
    message_template_category: template.category,
    ...extraInfo(status, reason),
  }
  meta.webhooks.enqueue(template.accountId, { field: 'message_template_status_update', value, timed: true, status })
}

function extraInfo(status: TemplateStatus, reason: string) {
  if (status === 'REJECTED' && reason === 'INVALID_FORMAT') {
    const rejection_info = { reason: 'The format is not accepted.', recommendation: 'Change the text and try again.' }
    return { rejection_info }
  }
  if (status === 'PAUSED') return { other_info: { title: 'FIRST_PAUSE', description: 'Paused for 3 hours.' } }
  if (status === 'DISABLED') return { other_info: { title: 'DISABLED', description: 'Disabled for low quality.' } }
  return {}
}
