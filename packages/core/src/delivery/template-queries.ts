import { type Queries, schema, statement, type Tx } from '@pramaan/db'
import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm'

const { whatsappTemplates } = schema
const given = sql.placeholder

export type TemplateRow = typeof whatsappTemplates.$inferSelect

const isLive = isNull(whatsappTemplates.deletedAt)
const withId = and(eq(whatsappTemplates.advisorId, given('advisorId')), eq(whatsappTemplates.id, given('id')), isLive)

const byId = statement((queries) =>
  queries.select().from(whatsappTemplates).where(withId).prepare('delivery_template_by_id'),
)

/** A template of the firm's own that WhatsApp still has. */
export async function findTemplate(queries: Queries, advisorId: string, id: string): Promise<TemplateRow | null> {
  return (await byId(queries).execute({ advisorId, id }))[0] ?? null
}

/** The same, locked until the transaction ends. */
export async function lockTemplate(tx: Tx, advisorId: string, id: string): Promise<TemplateRow | null> {
  const { advisorId: firm, id: own } = whatsappTemplates
  const rows = await tx
    .select()
    .from(whatsappTemplates)
    .where(and(eq(firm, advisorId), eq(own, id), isLive))
    .for('update')
  return rows[0] ?? null
}

const page = statement((queries) =>
  queries
    .select()
    .from(whatsappTemplates)
    .where(and(eq(whatsappTemplates.advisorId, given('advisorId')), lt(whatsappTemplates.id, given('before')), isLive))
    .orderBy(desc(whatsappTemplates.id))
    .limit(given('limit'))
    .prepare('delivery_template_page'),
)

export const readTemplates = (queries: Queries, wanted: { advisorId: string; before: string; limit: number }) =>
  page(queries).execute(wanted)

/** Writes into a template; the firm's campaigns ask for it anew before each message. */
export const changeTemplate = (
  tx: Tx,
  { advisorId, id }: Pick<TemplateRow, 'advisorId' | 'id'>,
  change: { [Column in keyof TemplateRow]?: TemplateRow[Column] | undefined },
) => {
  const { advisorId: firm, id: own } = whatsappTemplates
  return tx
    .update(whatsappTemplates)
    .set(change)
    .where(and(eq(firm, advisorId), eq(own, id)))
    .returning()
}
