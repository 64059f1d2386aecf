import { schema, statement } from '@pramaan/db'
import { ReviseContentInput } from '@pramaan/shared'
import { and, eq, sql } from 'drizzle-orm'
import { countCheck } from '../billing/index.ts'
import { type AuditEntry, advisorIdOf, authorIdOf, type CommandCtx } from '../platform/context.ts'
import { AppError, notFound } from '../platform/errors.ts'
import { command, type Result } from '../platform/use-case.ts'
import type { ContentChange } from './content-change.ts'
import { newCheck } from './jobs.ts'
import { notAllowedNow } from './not-allowed-now.ts'
import { type Current, insertVersion, readCurrent } from './queries.ts'
import { estimatedApprovalTime } from './rules/estimated-approval-time.ts'
import { excerptOf } from './rules/excerpt-of.ts'
import { stepOf, transitionFrom } from './rules/state.ts'
import { type VersionFacts, versionHash } from './rules/version-hash.ts'
import { submitCurrent } from './submit-content.ts'

/**
 * Writes a new version of a text, which takes it out of any check or review and voids an approval. What is left out
 * stays as it was. The same text again changes nothing; with `submit` it is what `submitContent` does.
 *
 * @throws AppError `not_found`; `invalid_state` when it is scheduled, sent, suspended or archived; `conflict` when somebody
 *   else wrote a version at the same time; `plan_limit_reached` for a check too many, and then nothing was written
 */
export const reviseContent = command({
  name: 'content.revise',
  input: ReviseContentInput,
  async run(ctx, input): Promise<Result<ContentChange>> {
    const current = await readCurrent(ctx.tx, advisorIdOf(ctx), input.id)
    if (!current) throw notFound('text')
    const { channel = current.channel, audience = current.audience, language = current.language } = input
    const facts = { text: input.content, channel, audience, language }
    const hash = versionHash(facts)
    if (hash !== current.hash) return writeVersion(ctx, current, { facts, hash, submit: input.submit })
    if (input.submit && transitionFrom(current.status, 'submit')) return submitCurrent(ctx, current)
    const { contentId, id: versionId, status } = current
    return { output: { contentId, versionId, status, estimatedApprovalTime: null }, unchanged: true }
  },
})

interface NewVersion {
  facts: VersionFacts
  hash: string
  submit: boolean
}

async function writeVersion(
  ctx: CommandCtx,
  current: Current,
  { facts, hash, submit }: NewVersion,
): Promise<Result<ContentChange>> {
  const event = submit ? 'revise_and_submit' : 'revise'
  if (!transitionFrom(current.status, event)) throw notAllowedNow('revise', current.status)
  const { from, to } = stepOf(event)
  const now = ctx.now()
  const number = current.number + 1
  const ids = { advisorId: advisorIdOf(ctx), contentId: current.contentId, versionId: ctx.newId() }
  const [replaced] = await replaceVersion(ctx.tx).execute({
    ...ids,
    replacedId: current.id,
    number,
    excerpt: excerptOf(facts.text),
    from,
    to,
    now: now.toISOString(),
  })
  if (!replaced) {
    throw new AppError('conflict', 'This text changed at the same time. Read it again, then repeat your change on it.')
  }
  const insert = insertVersion(ctx.tx).execute({ ...ids, ...facts, number, hash, createdBy: authorIdOf(ctx), now })
  const object = { objectType: 'content', objectId: ids.contentId, versionHash: hash }
  const revised: AuditEntry = {
    ...object,
    action: 'content.revised',
    from: current.status,
    to: 'draft',
    detail: { versionId: ids.versionId, number, replaced: current.id },
  }
  const submitted: AuditEntry = { ...object, action: 'content.submitted', from: 'draft', to }
  return {
    output: {
      contentId: ids.contentId,
      versionId: ids.versionId,
      status: to,
      estimatedApprovalTime: submit ? estimatedApprovalTime(now, ctx.tier).toISOString() : null,
    },
    audit: submit ? [revised, submitted] : revised,
    jobs: submit ? [newCheck(ids, ctx.newId())] : [],
    writes: submit ? [insert, countCheck(ctx, ids.advisorId)] : [insert],
  }
}

/** Only the version that was read is replaced, and only from a state that allows it: the loser of a race changes nothing. */
const replaceVersion = statement((queries) => {
  const { contents } = schema
  return queries
    .update(contents)
    .set({
      versionId: sql`${sql.placeholder('versionId')}::uuid`,
      versionNumber: sql`${sql.placeholder('number')}::integer`,
      excerpt: sql`${sql.placeholder('excerpt')}`,
      status: sql`${sql.placeholder('to')}`,
      updatedAt: sql`${sql.placeholder('now')}::timestamptz`,
    })
    .where(
      and(
        eq(contents.advisorId, sql.placeholder('advisorId')),
        eq(contents.id, sql.placeholder('contentId')),
        eq(contents.versionId, sql.placeholder('replacedId')),
        sql`${contents.status} = any(${sql.placeholder('from')}::text[])`,
      ),
    )
    .returning({ id: contents.id })
    .prepare('content_replace_version')
})
