import { pipeline, Readable } from 'node:stream'
import { AddRecipientInput, type ImportedView, ImportRecipientsInput } from '@pramaan/shared'
import { CsvError, parse } from 'csv-parse'
import { z } from 'zod'
import { advisorIdOf, authorIdOf, type CommandCtx, type Ctx } from '../platform/context.ts'
import { AppError } from '../platform/errors.ts'
import { keptAnswer } from '../platform/idempotency.ts'
import { command, steps } from '../platform/use-case.ts'
import { phoneHash } from './recipient-address.ts'
import { columnOf, readImportRow } from './rules/import-row.ts'
import { countryOf } from './rules/price.ts'

type View = z.output<typeof ImportedView>
type Recipient = z.output<typeof AddRecipientInput>

/** Lines that one import takes. */
const MAX_LINES = 100_000
/** Lines that are written in one transaction. */
const BATCH = 1_000
/** Lines of which the answer says what is wrong; all are counted. */
const ERRORS_SHOWN = 1_000
/** How much of the text the reader gets at a time. */
const CHUNK = 64 * 1_024

/**
 * Adds recipients with their consent from CSV, line by line: a line that is wrong is left out and named with its number
 * and column, the others count. Somebody who is on record already gets the segments and the consent added and stays
 * opted out if they were. Doing it again changes nothing. A CSV body is read from a file, piece by piece; beside it memory
 * holds a batch, the phones that were seen and the problems that are shown.
 *
 * @throws AppError `invalid_input` when it is not CSV, lacks a column, or has too many lines
 */
export const importRecipients = steps({
  name: 'recipient.import',
  input: ImportRecipientsInput,
  async run(ctx, { csv }): Promise<View> {
    const kept = await keptAnswer<View>(ctx)
    if (kept) return kept.output
    const inner: Ctx = { ...ctx, idempotency: undefined }
    const view: View = { lines: 0, added: 0, updated: 0, refused: 0, errors: [] }
    const lineOf = new Map<string, number>()
    let batch: Recipient[] = []
    const write = async () => {
      if (batch.length === 0) return
      const { added, updated } = await writeBatch(inner, { recipients: batch })
      view.added += added
      view.updated += updated
      batch = []
    }
    for await (const { record, line } of readLines(piecesOf(csv, ctx.upload))) {
      view.lines += 1
      if (view.lines > MAX_LINES) {
        throw new AppError(
          'invalid_input',
          `One import takes ${MAX_LINES} lines; those before are on record. Send the rest by itself.`,
        )
      }
      const row = readImportRow(record)
      const problem = row.ok ? repeated(lineOf, row.recipient.phone, line) : row
      if (problem) {
        view.refused += 1
        if (view.errors.length < ERRORS_SHOWN)
          view.errors.push({ line, column: problem.column, message: problem.message })
      } else if (row.ok) {
        batch.push(row.recipient)
      }
      if (batch.length === BATCH) await write()
    }
    await write()
    return finish(ctx, view)
  },
})

/** Remembers where a phone stood. @returns what is wrong when it stood somewhere before */
function repeated(lineOf: Map<string, number>, phone: string, line: number) {
  const before = lineOf.get(phone)
  if (before !== undefined) return { column: 'phone', message: `is the phone of line ${before} too` }
  lineOf.set(phone, line)
  return null
}

/** The text that came as input, and what of a large request follows it. */
async function* piecesOf(text: string, rest: AsyncIterable<string> | undefined): AsyncGenerator<string> {
  for (let start = 0; start < text.length; start += CHUNK) yield text.slice(start, start + CHUNK)
  if (rest) yield* rest
}

async function* readLines(
  pieces: AsyncGenerator<string>,
): AsyncGenerator<{ record: Record<string, string>; line: number }> {
  const parser = parse({
    bom: true,
    columns: (titles: string[]) => {
      const columns = titles.map(columnOf)
      if (columns.includes('phone')) return columns.map((column) => column ?? false)
      throw new AppError('invalid_input', 'The first line must name the columns; phone is one of them.')
    },
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: 10_000,
  })
  try {
    for await (const { record, info } of pipeline(Readable.from(pieces), parser, () => undefined)) {
      yield { record, line: info.lines }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = typeof error.lines === 'number' ? ` in line ${error.lines}` : ''
    throw new AppError('invalid_input', `This is no CSV: a quote or a cell is wrong${line}.`, { cause: error })
  }
}

const ADD = {
  name: 'delivery_import_recipients',
  text: `with wanted as (
      select * from jsonb_to_recordset($4::jsonb) as t(id uuid, phone_hash text, phone text, name text, country text, segments text[],
        consent_id uuid, source text, wording text, evidence text, purpose text, given_at timestamptz)
    ), people as (
      insert into recipients (advisor_id, id, phone_hash, phone, name, country, segments, state, created_at, updated_at)
      select $1, id, decode(phone_hash, 'base64'), decode(phone, 'base64'), decode(name, 'base64'), country, segments, 'active', $3, $3
      from wanted
      on conflict on constraint recipients_phone_hash do update set
        segments = array(select distinct unnest(recipients.segments || excluded.segments) order by 1), updated_at = $3
      returning id, phone_hash, (xmax = 0) as added
    ), agreed as (
      insert into consents (advisor_id, id, recipient_id, action, purpose, source, wording, evidence, occurred_at, recorded_by, created_at)
      select $1, w.consent_id, p.id, 'granted', w.purpose, w.source, w.wording, w.evidence, w.given_at, $2, $3
      from wanted w join people p on p.phone_hash = decode(w.phone_hash, 'base64')
      where p.added or not exists (
        select from consents c where c.advisor_id = $1 and c.recipient_id = p.id and c.action = 'granted'
          and c.purpose = w.purpose and c.source = w.source and c.occurred_at = w.given_at)
    )
    select count(*) filter (where added)::integer as added, count(*) filter (where not added)::integer as updated from people`,
}

const writeBatch = command({
  name: 'recipient.import_batch',
  input: z.strictObject({ recipients: z.array(AddRecipientInput).max(BATCH) }),
  async run(ctx, { recipients }) {
    const advisorId = advisorIdOf(ctx)
    const rows = await rowsOf(ctx, advisorId, recipients)
    const values = [advisorId, authorIdOf(ctx), ctx.now(), JSON.stringify(rows)]
    const { rows: counted } = await ctx.tx.$client.query<{ added: number; updated: number }>({ ...ADD, values })
    const output = counted[0] ?? { added: 0, updated: 0 }
    return {
      output,
      audit: {
        action: 'recipients.batch_imported',
        objectType: 'advisor',
        objectId: advisorId,
        detail: output,
      },
    }
  },
})

async function rowsOf(ctx: CommandCtx, advisorId: string, recipients: Recipient[]) {
  const key = await ctx.keys.dataKeyOf(ctx.tx, advisorId)
  return recipients.map(({ phone, name, segments = [], consent }) => {
    const id = ctx.newId()
    const seal = (column: 'phone' | 'name', text: string) =>
      ctx.keys.seal(key, { table: 'recipients', column, rowId: id }, text).toString('base64')
    return {
      id,
      phone_hash: phoneHash(ctx.keys, advisorId, phone).toString('base64'),
      phone: seal('phone', phone),
      name: name === undefined ? null : seal('name', name),
      country: countryOf(phone),
      segments: [...new Set(segments)].sort(),
      consent_id: ctx.newId(),
      source: consent.source,
      wording: consent.wording,
      evidence: consent.evidence ?? null,
      purpose: consent.purpose,
      given_at: consent.givenAt,
    }
  })
}

const finish = command({
  name: 'recipient.import',
  input: z.custom<View>(),
  async run(ctx, view) {
    const advisorId = advisorIdOf(ctx)
    const { lines, added, updated, refused } = view
    return {
      output: view,
      audit: {
        action: 'recipients.imported',
        objectType: 'advisor',
        objectId: advisorId,
        detail: { lines, added, updated, refused },
      },
    }
  },
})
