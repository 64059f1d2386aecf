import { schema, type Tx } from '@pramaan/db'
import { ImportRegisterInput, type ImportRegisterView, istDay } from '@pramaan/shared'
import { and, count, eq, lt, sql } from 'drizzle-orm'
import type { z } from 'zod'
import { AppError } from '../platform/errors.ts'
import { command, type Result } from '../platform/use-case.ts'
import { RegisterCsvError, type RegisterEntry, readRegisterCsv } from './rules/register-csv.ts'

const { licenceLists, licenceRegister } = schema

/** A list that lost more than half of what the last one had is a broken download, not a regulator's purge. */
const LEAST_SHARE = 0.5

/**
 * Imports a regulator's published list, in one part or several: the last one completes it. Only then do numbers that it
 * lacks count as gone. An import verifies nothing by itself.
 *
 * @throws AppError `invalid_input` for a list that cannot be read or is of a day to come; `conflict` for one that is not
 *   newer than the last, or lost more than half of it
 */
export const importRegister = command({
  name: 'licence_register.import',
  input: ImportRegisterInput,
  async run(ctx, { type, listedOn, csv, complete }): Promise<Result<z.output<typeof ImportRegisterView>>> {
    const entries = readEntries(type, csv)
    if (listedOn > istDay(ctx.now()))
      throw new AppError('invalid_input', 'This list is of a day that has not come yet.')
    await ctx.tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`licence_register ${type}`}))`)
    const [last] = await ctx.tx.select().from(licenceLists).where(eq(licenceLists.type, type))
    if (last && last.listedOn > listedOn) {
      throw new AppError('conflict', `There is a newer list already, of ${last.listedOn}.`)
    }
    await upsertEntries(ctx.tx, type, listedOn, entries)
    const summary = { type, listedOn, entries: entries.length, complete }
    if (!complete) return { output: { ...summary, total: null, gone: null }, audit: entryOf(summary) }
    const totals = await countEntries(ctx.tx, type, listedOn)
    if (last && totals.total < last.entries * LEAST_SHARE) {
      throw new AppError(
        'conflict',
        `This list has ${totals.total} entries and the last one had ${last.entries}. It is not complete; nothing was changed.`,
      )
    }
    const list = { listedOn, entries: totals.total, importedAt: ctx.now() }
    await ctx.tx
      .insert(licenceLists)
      .values({ type, ...list })
      .onConflictDoUpdate({ target: licenceLists.type, set: list })
    return { output: { ...summary, ...totals }, audit: entryOf({ ...summary, ...totals }) }
  },
})

function readEntries(type: ImportRegister['type'], csv: string): RegisterEntry[] {
  try {
    return readRegisterCsv(type, csv)
  } catch (error) {
    if (error instanceof RegisterCsvError) throw new AppError('invalid_input', error.message)
    throw error
  }
}

type ImportRegister = z.output<typeof ImportRegisterInput>

async function upsertEntries(tx: Tx, type: ImportRegister['type'], listedOn: string, entries: RegisterEntry[]) {
  // One statement whatever the size, with one parameter for all entries.
  await tx.execute(sql`
    insert into licence_register (type, number, name, valid_until, listed_on)
    select ${type}, given.number, given.name, given.valid_until, ${listedOn}::date
    from jsonb_to_recordset(${JSON.stringify(
      entries.map(({ number, name, validUntil }) => ({ number, name, valid_until: validUntil?.toISOString() ?? null })),
    )}::jsonb) as given(number text, name text, valid_until timestamptz)
    on conflict (type, number) do update
    set name = excluded.name, valid_until = excluded.valid_until, listed_on = excluded.listed_on`)
}

async function countEntries(tx: Tx, type: ImportRegister['type'], listedOn: string) {
  const [[newest], [earlier]] = await Promise.all([
    tx
      .select({ count: count() })
      .from(licenceRegister)
      .where(and(eq(licenceRegister.type, type), eq(licenceRegister.listedOn, listedOn))),
    tx
      .select({ count: count() })
      .from(licenceRegister)
      .where(and(eq(licenceRegister.type, type), lt(licenceRegister.listedOn, listedOn))),
  ])
  return { total: newest?.count ?? 0, gone: earlier?.count ?? 0 }
}

const entryOf = (detail: Record<string, unknown> & { type: string }) => ({
  action: 'licence_register.imported',
  objectType: 'licence_register',
  objectId: detail.type,
  detail,
})
