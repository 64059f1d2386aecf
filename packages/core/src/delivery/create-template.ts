import { schema } from '@pramaan/db'
import { CreateTemplateInput, type TemplateView } from '@pramaan/shared'
import { and, count, eq, gt, isNull, max, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { WHATSAPP_TEMPLATE } from '../compliance/index.ts'
import { advisorIdOf, type CommandCtx, type Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { keptAnswer } from '../platform/idempotency.ts'
import { command, steps } from '../platform/use-case.ts'
import { templateEntry } from './apply-own-template.ts'
import { accountAccess, askTemplate, recordTemplate, requireConnection } from './ask-template.ts'
import { bodyProblem, creationProblem, examplesProblem, framed } from './rules/own-template.ts'
import { FRAME } from './template-message.ts'
import type { TemplateRow } from './template-queries.ts'

type View = z.output<typeof TemplateView>

const { whatsappTemplates } = schema

/** What a template is called whose words WhatsApp has not confirmed. */
export const UNCONFIRMED = 'WhatsApp has not answered yet. Have the list read again (sync) if this stays.'

const HOUR_MS = 3_600_000

const reserve = command({
  name: 'whatsapp_template.create',
  input: CreateTemplateInput,
  async run(ctx, input) {
    const advisorId = advisorIdOf(ctx)
    const { wabaId } = await requireConnection(ctx)
    refuseWords(input)
    const problem = creationProblem(await readLimits(ctx, { advisorId, wabaId, name: input.name }), ctx.now())
    if (problem !== null) throw new AppError('conflict', problem)
    const { name, language, category } = input
    const at = { createdAt: ctx.now(), updatedAt: ctx.now() }
    const [row] = await ctx.tx
      .insert(whatsappTemplates)
      .values({
        ...at,
        advisorId,
        id: ctx.newId(),
        wabaId,
        name,
        language,
        category,
        status: 'UNKNOWN',
        unfit: UNCONFIRMED,
      })
      .onConflictDoNothing()
      .returning()
    if (!row) throw new AppError('conflict', 'You have a template of this name in this language already.')
    return {
      output: row,
      audit: templateEntry(row, {
        action: 'whatsapp_template.begun',
        to: row.status,
        detail: { name, language, category },
      }),
    }
  },
})

/**
 * Makes a template of the firm's own at WhatsApp. Around its words stand those of the product's template: who writes,
 * footer and way out, so that it can say what a proof covers and nothing else.
 *
 * @throws AppError `not_found` without a connected number, `invalid_input`, `conflict` for a name or limit, `invalid_state`
 *   when WhatsApp refused it; UpstreamError when no answer came: the template stays unknown until the list is read again
 */
export const createTemplate = steps({
  name: 'whatsapp_template.create',
  input: CreateTemplateInput,
  async run(ctx, input): Promise<View> {
    const kept = await keptAnswer<View>(ctx)
    if (kept) return kept.output
    const inner: Ctx = { ...ctx, idempotency: undefined }
    const row: TemplateRow = await reserve(inner, input)
    const { token, wabaId } = await accountAccess(ctx)
    const { name, language, category, body, examples } = input
    const template = {
      name,
      language: language ?? 'en',
      category,
      body: framed(FRAME, body),
      examples: framedExamples(examples),
    }
    // A refused one never was; its name is free again.
    const undo = { status: 'REFUSED', deletedAt: ctx.now() }
    const made = await askTemplate(inner, { id: row.id, undo }, () =>
      ctx.clients.whatsapp.createTemplate(token, wabaId, template),
    )
    const change = { providerId: made.id, status: made.status, category: made.category, body, unfit: null }
    return recordTemplate(ctx, { id: row.id, action: 'whatsapp_template.created', change })
  },
})

/** @throws AppError `invalid_input` */
export function refuseWords({ name, body, examples = [] }: { name?: string; body: string; examples?: string[] }): void {
  if (name === WHATSAPP_TEMPLATE.name) throw new AppError('conflict', 'This name is that of our own template.')
  const problem = bodyProblem(body) ?? examplesProblem(body, examples)
  if (problem !== null) throw new AppError('invalid_input', problem)
}

/** What fills the frame around a firm's examples. */
export function framedExamples(examples: readonly string[] = []): string[] {
  const [from = '', , footer = ''] = WHATSAPP_TEMPLATE.examples
  return [from, ...examples, footer]
}

async function readLimits(ctx: CommandCtx, of: { advisorId: string; wabaId: string; name: string }) {
  const since = new Date(ctx.now().getTime() - HOUR_MS)
  const { advisorId, wabaId, name, createdAt, deletedAt, nameFreeAt } = whatsappTemplates
  const [found] = await ctx.tx
    .select({
      live: sql<number>`${count()} filter (where ${isNull(deletedAt)})`.mapWith(Number),
      lastHour:
        sql<number>`${count()} filter (where ${gt(createdAt, sql`${since.toISOString()}::timestamptz`)})`.mapWith(
          Number,
        ),
      nameFreeAt: sql<Date | null>`${max(nameFreeAt)} filter (where ${eq(name, of.name)})`.mapWith(nameFreeAt),
    })
    .from(whatsappTemplates)
    .where(and(eq(advisorId, of.advisorId), eq(wabaId, of.wabaId)))
  if (!found) throw new Error('a count returned nothing')
  return found
}
