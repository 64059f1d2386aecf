import { readVerifierKey } from '@pramaan/verifier'
import { describeError, type Log } from '../platform/log.ts'
import { verifierKey } from './rules/signed-note.ts'
import { sealLog } from './seal-entries.ts'
import { type AuditWitness, requireNotBehind, witnessHead } from './witness-head.ts'

/** How long an entry waits for its sealing, at the most, while nothing is amiss. */
const PAUSE_MS = 1_000

export interface Sealer {
  /** Ends after the batch that is under way. */
  stop(): Promise<void>
}

/**
 * Seals the audit log as entries come, in the background: every worker runs it, and a lock in the database lets one of
 * them work at a time. With a witness, nothing is sealed before the log was compared with what it saw last, and each
 * checkpoint is shown to it. What fails is tried again a second later; how long entries wait is seen by `logStatus`.
 */
export function startSealer(
  ctx: Parameters<typeof sealLog>[0] & { log: Log; settings: { auditWitness: AuditWitness | null } },
): Sealer {
  const { auditWitness: witness, auditOrigin } = ctx.settings
  const logKeys = ctx.keys.publicKeys.map((key) => readVerifierKey(verifierKey(auditOrigin, key)))
  let compared = witness === null
  let running = true
  let wake: () => void = () => undefined
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PAUSE_MS)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const loop = async () => {
    while (running) {
      try {
        if (witness && !compared) await requireNotBehind(ctx, witness, logKeys)
        compared = true
        await sealLog(ctx)
        if (witness) await witnessHead(ctx, witness)
      } catch (error) {
        ctx.log.error({ ...describeError(error) }, 'the audit log could not be sealed or witnessed; it is tried again')
      }
      if (running) await pause()
    }
  }
  const ended = loop()
  return {
    async stop() {
      running = false
      wake()
      await ended
    },
  }
}
