import pg from 'pg'
import { expect, test } from 'vitest'
import { testWorld } from '../../testing/index.ts'
import { makePartitions } from './upkeep.ts'

const world = await testWorld()

async function asOwner(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: world.adminUrl })
  await client.connect()
  try {
    await client.query('set role pramaan_owner')
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

test('months of deliveries past the time of their record are detached, and no younger one is', async () => {
  const month = (yearsAgo: number) => `${new Date().getUTCFullYear() - yearsAgo}_01`
  const [old, young] = [`deliveries_${month(10)}`, `deliveries_${month(6)}`]
  for (const name of [old, young]) {
    const [, year] = /_(\d{4})_/.exec(name) ?? []
    await asOwner(
      `create table ${name} partition of deliveries for values from ('${year}-01-01 00:00:00+00') to ('${year}-02-01 00:00:00+00')`,
    )
  }
  await makePartitions(world.ctx())
  const places = await asOwner(
    `select relname as name, relnamespace::regnamespace::text as place, relispartition as attached
     from pg_class where relname in ('${old}', '${young}') order by 1`,
  )
  expect(places).toEqual([
    { name: old, place: 'detached', attached: false },
    { name: young, place: 'public', attached: true },
  ])
})

test('months of facts that no report can ask for are detached, no younger one is, and nothing asks for less', async () => {
  const monthsAgo = (months: number) => {
    const now = new Date()
    const at = (ago: number) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago, 1)).toISOString()
    const name = `analytics_events_${at(months).slice(0, 7).replace('-', '_')}`
    return { name, bounds: `from ('${at(months)}') to ('${at(months - 1)}')` }
  }
  // The report of thirteen months and the thirteen before them reach into the month that began 26 months ago.
  const [old, young] = [monthsAgo(28), monthsAgo(26)]
  for (const { name, bounds } of [old, young])
    await asOwner(`create table ${name} partition of analytics_events for values ${bounds}`)
  await makePartitions(world.ctx())
  const places = await asOwner(
    `select relname as name, relnamespace::regnamespace::text as place, relispartition as attached
     from pg_class where relname in ('${old.name}', '${young.name}') order by 1`,
  )
  expect(places).toEqual([
    { name: old.name, place: 'detached', attached: false },
    { name: young.name, place: 'public', attached: true },
  ])
  const refused = world.db.pool.query('select detach_old_facts(26)')
  await expect(refused).rejects.toThrow('facts of 27 months')
})

test('records younger than five years are detached by nobody, whatever is asked for', async () => {
  const refused = world.db.pool.query('select detach_old_months(4)')
  await expect(refused).rejects.toThrow('five years at the least')
})
