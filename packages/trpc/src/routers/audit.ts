import {
  getPack,
  getReceipt,
  listCheckpoints,
  listEvents,
  listPacks,
  proveConsistency,
  proveEvent,
  requestPack,
} from '@pramaan/core/audit'
import {
  AuditPage,
  CheckpointPage,
  ConsistencyView,
  EventProofView,
  PackPage,
  PackView,
  ReceiptView,
} from '@pramaan/shared'
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

  receipt: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/audit/events/{id}/receipt',
        summary: 'A signed promise that an entry is in the log or will be, to be kept outside',
        tags,
      },
    })
    .input(getReceipt.input)
    .output(ReceiptView)
    .query(({ ctx, input }) => getReceipt(ctx.core, input)),

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

  requestPack: procedure
    .meta({
      rest: {
        method: 'POST',
        path: '/audit/packs',
        status: 202,
        summary: 'Have an inspection pack made of a period: all evidence, verifiable with the network off',
        tags,
      },
    })
    .input(requestPack.input)
    .output(PackView)
    .mutation(({ ctx, input }) => requestPack(ctx.core, input)),

  packs: procedure
    .meta({ rest: { method: 'GET', path: '/audit/packs', summary: 'Inspection packs, newest first', tags } })
    .input(listPacks.input)
    .output(PackPage)
    .query(({ ctx, input }) => listPacks(ctx.core, input)),

  pack: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/audit/packs/{id}',
        summary: 'How far an inspection pack has come; once it is ready, the ZIP archive to who does not ask for JSON',
        tags,
      },
    })
    .input(getPack.input)
    .output(PackView)
    .query(({ ctx, input }) => getPack(ctx.core, input)),
})
