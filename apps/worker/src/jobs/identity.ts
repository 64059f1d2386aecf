import { sendMail } from '@pramaan/core/identity'

export const identityJobs = { 'identity.send-mail': sendMail }
