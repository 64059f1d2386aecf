import { MailRequestInput } from '@pramaan/shared'
import type { UseCaseName } from '../platform/access.ts'
import { command, steps } from '../platform/use-case.ts'
import { addressId, hashAddress, limitMails } from './address.ts'
import { sendMailJob } from './jobs.ts'

interface MailRequest<Output> {
  name: UseCaseName
  kind: 'confirm_address' | 'reset_password'
  /** What the audit log says of it. */
  action: string
  /** The answer, whoever asks. */
  output: Output
}

/**
 * A use case in which a stranger asks for a mail to an address. Nothing is looked up: who is behind the address, and
 * whether they need a mail, is found out by the job, so that neither the answer nor its time depends on it.
 */
export function mailRequest<Output>({ name, kind, action, output }: MailRequest<Output>) {
  const enqueue = command({
    name,
    input: MailRequestInput,
    async run(ctx, { email }) {
      const id = addressId(hashAddress(ctx.keys, email))
      return {
        output,
        audit: { action, objectType: 'address', objectId: id },
        jobs: [sendMailJob.with({ kind, addressHash: id, mailId: ctx.newId() })],
      }
    },
  })
  return steps({
    name,
    input: MailRequestInput,
    async run(ctx, input) {
      await limitMails(ctx, hashAddress(ctx.keys, input.email))
      return enqueue(ctx, input)
    },
  })
}
