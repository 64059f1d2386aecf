import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeStaff } from '../../testing/factories.ts'
import { testWorld } from '../../testing/index.ts'
import { listJobs } from './list-jobs.ts'
import { createBoss, deadLetterOf, type QueueName } from './queue.ts'
import { retryJob } from './retry-job.ts'

const world = await testWorld()
const boss = createBoss({ url: world.url, work: false, onError: () => undefined })
beforeAll(async () => {
  await boss.start()
})
afterAll(() => boss.stop({ graceful: false, close: true }))

const queue = 'delivery.send'
const admin = makeStaff(world, 'admin')

/** A job that fails at its last try, as the worker fails it. */
async function fail(name: QueueName, data: object): Promise<void> {
  const id = await boss.send(name, data, { retryLimit: 0 })
  const [job] = await boss.fetch(name)
  expect(job?.id).toBe(id)
  await boss.fail(name, String(id), { error: 'TypeError' })
}
const payload = (advisorId: string) => ({
  data: { advisorId, deliveryId: advisorId, phone: '+919876543210', secretId: 'not a uuid', version: 1 },
  requestId: 'request-7',
})
const viewOf = async (name: QueueName) => {
  const { items } = await listJobs(admin, {})
  const view = items.find((item) => item.queue === name)
  if (!view) throw new Error(`no ${name}`)
  return view
}

test('an admin sees a dead job by its ids, without the rest of its payload, and gives it another try', async () => {
  const advisorId = admin.newId()
  await fail(queue, payload(advisorId))
  const view = await viewOf(queue)
  expect(view).toMatchObject({ waiting: 0, active: 0, dead: 1 })
  const [dead] = view.newestDead
  expect(dead).toMatchObject({
    requestId: 'request-7',
    error: 'TypeError',
    about: { advisorId, deliveryId: advisorId },
  })
  expect(JSON.stringify(view)).not.toMatch(/9876543210|not a uuid/)

  expect(await retryJob(admin, { queue, jobId: dead?.jobId ?? '' })).toEqual({ done: true })
  expect(await viewOf(queue)).toMatchObject({ waiting: 1, dead: 0, newestDead: [] })
  expect(await world.auditActions(dead?.jobId ?? '')).toEqual(['job.retried'])
  const seen: unknown[] = []
  await world.drainJobs({ [queue]: async (_: unknown, data: unknown) => seen.push(data) })
  expect(seen).toEqual([payload(advisorId).data])
  expect(await viewOf(queue)).toMatchObject({ waiting: 0, dead: 0 })
})

test('of ten who retry the same job one does, and it runs once', async () => {
  await fail(queue, payload(admin.newId()))
  const jobId = (await viewOf(queue)).newestDead[0]?.jobId ?? ''
  const all = await Promise.allSettled(Array.from({ length: 10 }, () => retryJob(admin, { queue, jobId })))
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const one of all) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'not_found' })
  const ran = await world.drainJobs({ [queue]: async () => undefined })
  expect(ran).toEqual([queue])
})

test('a job that is not dead, in another queue, or of no queue of ours is not found', async () => {
  const waiting = await boss.send(queue, payload(admin.newId()))
  const live = { queue, jobId: String(waiting) }
  await expect(retryJob(admin, live)).rejects.toMatchObject({ code: 'not_found' })
  await fail('delivery.dispatch', payload(admin.newId()))
  const jobId = (await viewOf('delivery.dispatch')).newestDead[0]?.jobId ?? ''
  for (const name of [queue, deadLetterOf('delivery.dispatch'), 'pgboss', '']) {
    await expect(retryJob(admin, { queue: name, jobId })).rejects.toThrow()
  }
  await retryJob(admin, { queue: 'delivery.dispatch', jobId })
})
