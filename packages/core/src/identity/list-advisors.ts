import { schema, statement } from '@pramaan/db'
import { PageInput } from '@pramaan/shared'
import { desc, lt, sql } from 'drizzle-orm'
import { decodeCursor, PAST_THE_NEWEST, toPage } from '../platform/cursor.ts'
import { query } from '../platform/use-case.ts'
import { licencesOfAdvisor, licenceView } from './licence-rows.ts'
import { tierAt } from './rules/tier.ts'
import { tierColumns } from './tier-columns.ts'

const { advisors } = schema

const LIST = 'admin.advisors'

/** All advisors, newest first, with their licences. @throws AppError `invalid_cursor` */
export const listAdvisors = query({
  name: 'admin.list_advisors',
  input: PageInput,
  async run(ctx, { limit, cursor }) {
    const before = cursor === undefined ? PAST_THE_NEWEST : decodeCursor(ctx.keys, LIST, cursor)
    const rows = await selectPage(ctx.db.read).execute({ before, limit: limit + 1 })
    return toPage(ctx.keys, LIST, rows, {
      limit,
      keyOf: (row) => row.id,
      view: ({ createdAt, licences, tierSteps, ...row }) => ({
        ...row,
        tier: tierAt({ ...row, tierSteps }, ctx.now()),
        licences: licences.map(licenceView),
        createdAt: createdAt.toISOString(),
      }),
    })
  },
})

const selectPage = statement((queries) =>
  queries
    .select({
      id: advisors.id,
      displayName: advisors.displayName,
      ...tierColumns,
      status: advisors.status,
      createdAt: advisors.createdAt,
      licences: licencesOfAdvisor,
    })
    .from(advisors)
    .where(lt(advisors.id, sql.placeholder('before')))
    .orderBy(desc(advisors.id))
    .limit(sql.placeholder('limit'))
    .prepare('identity_advisor_page'),
)
