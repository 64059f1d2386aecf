import { schema } from '@pramaan/db'
import type { SyncedTemplatesView } from '@pramaan/shared'
import { and, eq, isNull } from 'drizzle-orm'
import { z } from 'zod'
import type { ListedTemplate } from '../clients/whatsapp/index.ts'
import { WHATSAPP_TEMPLATE } from '../compliance/index.ts'
import { type AuditEntry, advisorIdOf, type CommandCtx, type Ctx } from '../platform/context.ts'
import type { Job } from '../platform/queue.ts'
import { command, steps } from '../platform/use-case.ts'
import { goneNow, settleCampaigns, templateEntry } from './apply-own-template.ts'
import { accountAccess } from './ask-template.ts'
import { unframed } from './rules/own-template.ts'
import { FRAME } from './template-message.ts'
import { changeTemplate, type TemplateRow } from './template-queries.ts'

type Counts = z.output<typeof SyncedTemplatesView>

const { whatsappTemplates } = schema

const Listed = z.custom<ListedTemplate>()

/** A template that was made elsewhere says other things than a proof covers: its frame, or parts that no proof names. */
const UNFIT =
  'It was not made here: around its words there is no registration, warning and way out as in an approved text, or there are headers, footers or buttons.'

const record = command({
  name: 'whatsapp_template.sync',
  input: z.strictObject({ wabaId: z.string(), listed: z.array(Listed) }),
  async run(ctx, { wabaId, listed }) {
    const advisorId = advisorIdOf(ctx)
    const { advisorId: firm, wabaId: account, deletedAt } = whatsappTemplates
    const rows = await ctx.tx
      .select()
      .from(whatsappTemplates)
      .where(and(eq(firm, advisorId), eq(account, wabaId), isNull(deletedAt)))
      .for('update')
    const known = new Map(rows.map((row) => [keyOf(row), row]))
    const own = listed.filter(({ name }) => name !== WHATSAPP_TEMPLATE.name)
    const counts: Counts = { listed: own.length, added: 0, changed: 0, gone: 0 }
    const audit: AuditEntry[] = []
    const jobs: Job[] = []
    const settle = async (row: TemplateRow, status: string) => {
      const settled = await settleCampaigns(ctx, row, status)
      audit.push(...settled.audit)
      jobs.push(...settled.jobs)
    }
    for (const one of own) {
      const before = known.get(keyOf(one))
      known.delete(keyOf(one))
      const after = await keep(ctx, { advisorId, wabaId, before, listed: one })
      if (!after) continue
      counts[before ? 'changed' : 'added'] += 1
      audit.push(
        templateEntry(after, { action: 'whatsapp_template.read', from: before?.status ?? null, to: after.status }),
      )
      await settle(after, after.body === null ? 'UNKNOWN' : after.status)
    }
    for (const row of known.values()) {
      await changeTemplate(ctx.tx, row, { ...goneNow(row, ctx.now()), updatedAt: ctx.now() })
      counts.gone += 1
      audit.push(templateEntry(row, { action: 'whatsapp_template.gone', from: row.status, to: 'DELETED' }))
      await settle(row, 'DELETED')
    }
    const [first, ...rest] = audit
    return first ? { output: counts, audit: [first, ...rest], jobs } : { output: counts, unchanged: true }
  },
})

const keyOf = ({ name, language }: { name: string; language: string }) => `${name} ${language}`

/** What WhatsApp says of a template, put on record; null where that is what we knew. */
async function keep(
  ctx: CommandCtx,
  kept: { advisorId: string; wabaId: string; before: TemplateRow | undefined; listed: ListedTemplate },
): Promise<TemplateRow | null> {
  const { advisorId, wabaId, before, listed } = kept
  const body = listed.plainBody === null ? null : unframed(FRAME, listed.plainBody)
  const facts = {
    providerId: listed.id,
    status: listed.status,
    category: listed.category,
    rejectedReason: listed.rejectedReason,
    quality: listed.quality,
    body,
    unfit: body === null ? UNFIT : null,
  }
  const at = { createdAt: ctx.now(), updatedAt: ctx.now() }
  if (!before) {
    const { name, language } = listed
    const row = { ...facts, ...at, advisorId, id: ctx.newId(), wabaId, name, language }
    return (await ctx.tx.insert(whatsappTemplates).values(row).returning())[0] ?? null
  }
  const isKnown = Object.entries(facts).every(([key, value]) => before[key as keyof typeof facts] === value)
  return isKnown ? null : ((await changeTemplate(ctx.tx, before, { ...facts, updatedAt: ctx.now() }))[0] ?? null)
}

/**
 * Reads the list of templates from WhatsApp, page by page, and takes over what is new, different or gone there. It settles
 * templates of which no answer came, and words that were changed in WhatsApp Manager.
 *
 * @throws AppError `not_found` without a connected number; UpstreamError
 */
export const syncTemplates = steps({
  name: 'whatsapp_template.sync',
  input: z.strictObject({}).prefault({}),
  async run(ctx: Ctx): Promise<Counts> {
    const { token, wabaId } = await accountAccess(ctx)
    const listed = await ctx.clients.whatsapp.listTemplates(token, wabaId)
    return record(ctx, { wabaId, listed })
  },
})
