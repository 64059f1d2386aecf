import type { CommandCtx } from '../platform/context.ts'
import { TOMORROW_MS } from './rules/refusals.ts'

/** WhatsApp's limit for a person and day, after which nothing goes to the person before the next one. */
const NOT_TODAY = 131049

/** The newest word of WhatsApp about a person stands; the same words in another order end the same. */
const MARK = {
  name: 'delivery_mark_refused',
  text: `update recipients r set
      refused_code = case when r.refused_at is null or (r.refused_at, r.refused_code) < (new.at, new.code) then new.code else r.refused_code end,
      refused_at = greatest(r.refused_at, new.at),
      not_before = greatest(r.not_before, new.not_before)
    from (select id, (array_agg(code order by at desc, code desc))[1] as code, max(at) as at, max(not_before) as not_before
      from jsonb_to_recordset($2::jsonb) as t(id uuid, code integer, at timestamptz, not_before timestamptz)
      group by id) as new
    where r.advisor_id = $1 and r.id = new.id`,
}

/** Keeps with the persons what WhatsApp refused on their account, and until when nothing may go to them. */
export async function markRefused(
  ctx: CommandCtx,
  advisorId: string,
  refusals: { recipientId: string; code: number; at: Date }[],
): Promise<void> {
  if (refusals.length === 0) return
  const rows = refusals.map(({ recipientId, code, at }) => ({
    id: recipientId,
    code,
    at,
    not_before: code === NOT_TODAY ? new Date(at.getTime() + TOMORROW_MS) : null,
  }))
  await ctx.tx.$client.query({ ...MARK, values: [advisorId, JSON.stringify(rows)] })
}
