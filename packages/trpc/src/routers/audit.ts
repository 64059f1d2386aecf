import { listCheckpoints, listEvents, proveConsistency, proveEvent } from '@pramaan/core/audit'
import { AuditPage, CheckpointPage, ConsistencyView, EventProofView } from '@pramaan/shared'
import { procedure, router } from '../trpc.ts'

const tags = ['Evidence']

export const auditRouter = router({
  events: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/audit/events',
        summary: 'What happened in this account, newest first',
        tags,
      },
    })
    .input(listEvents.input)
    .output(AuditPage)
    .query(({ ctx, input }) => listEvents(ctx.core, input)),

  checkpoints: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/audit/checkpoints',
        summary: 'Signed heads of the audit log, newest first, as signed notes',
        tags,
      },
    })
    .input(listCheckpoints.input)
    .output(CheckpointPage)
    .query(({ ctx, input }) => listCheckpoints(ctx.core, input)),

  proof: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/audit/events/{id}/proof',
        summary: 'That an entry stands in the log: its leaf, the hashes up to the root, and the signed checkpoint',
        tags,
      },
    })
    .input(proveEvent.input)
    .output(EventProofView)
    .query(({ ctx, input }) => proveEvent(ctx.core, input)),

  consistency: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/audit/checkpoints/{from}/consistency/{to}',
        summary: 'That the log of one size only adds to the log of an older one',
        tags,
      },
    })
    .input(proveConsistency.input)
    .output(ConsistencyView)
    .query(({ ctx, input }) => proveConsistency(ctx.core, input)),
})
