import {
  allowAutoApproval,
  confirmAddress,
  connectWhatsapp,
  register,
  signIn,
  signOut,
  verifyLicence,
} from './demo/account.ts'
import { createClient } from './demo/client.ts'
import { findInstance } from './demo/instance.ts'
import {
  addPeople,
  checkWebhooks,
  RECIPIENTS,
  readStatuses,
  readTrail,
  refuseUnapproved,
  sendCampaign,
} from './demo/sending.ts'
import { step } from './demo/story.ts'
import { review, submitBorderline, submitClean, submitForbidden, verifyProof } from './demo/writing.ts'

/** The main job, from sign-up to delivered messages and their evidence, over HTTP alone. */
async function play(url: string): Promise<void> {
  const stranger = createClient(url)
  await step('Asha Verma, a mutual fund distributor, opens an account', () => register(stranger))
  await step('She reads the mail, follows its link, and the address is confirmed', () => confirmAddress(stranger))
  const owner = await step('She signs in and looks at her profile', () => signIn(url))
  await step('An administrator finds her licence in the register of AMFI', () => verifyLicence(url, owner))
  await step('She lets clean texts be approved without a person', () => allowAutoApproval(owner))
  await step('She connects her WhatsApp number', () => connectWhatsapp(owner))
  const clean = await step('She submits a Hindi message about SIPs; it is clean', () => submitClean(owner))
  await step('Its approval is a signed proof, which anybody can verify', () => verifyProof(owner, clean, 'policy'))
  const forbidden = await step('She submits a promise of returns; it comes back', () => submitForbidden(owner))
  const borderline = await step('She submits a borderline message; a person must look', () => submitBorderline(owner))
  await step('A reviewer decides on it, and nobody else', () => review(url, owner, borderline))
  await step('The reviewer is named in the signed proof', () => verifyProof(owner, borderline, 'reviewer'))
  const people = await step(`She adds ${RECIPIENTS} recipients with their consent; one opts out`, () =>
    addPeople(owner),
  )
  await step('Without a valid approval nothing can be sent', () => refuseUnapproved(owner, forbidden, people))
  const campaign = await step('She sends the Hindi message to all of them', () => sendCampaign(owner, clean, people))
  const failed = await step('WhatsApp reports back for each recipient', () => readStatuses(owner, campaign, people))
  await step('The reports came as signed webhooks; a forged one is refused', () =>
    checkWebhooks(url, owner, campaign, failed),
  )
  await step('The audit trail tells the whole life of the message', () => readTrail(owner, clean))
  await step('She signs out', () => signOut(owner))
}

async function main(args: string[]): Promise<void> {
  const instance = await findInstance(args)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // A signal may come twice (from the terminal and from npm), and must not cut the tidying short.
    process.on(signal, () => void instance.stop().finally(() => process.exit(1)))
  }
  try {
    await play(instance.url)
    process.stdout.write('\nThe demo ended as promised.\n')
  } finally {
    await instance.stop()
  }
}

await main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`\nThe demo stopped.\n${error.message}\n`)
  process.exitCode = 1
})
