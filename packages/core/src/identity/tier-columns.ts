import { schema } from '@pramaan/db'

const { advisors } = schema

/** What `tierAt` needs of a firm, for a select. */
export const tierColumns = { tier: advisors.tier, tierSteps: advisors.tierSteps }
