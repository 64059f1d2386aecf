import { istDay } from '@pramaan/shared'
import type { Version } from '../content/index.ts'
import type { AdvisorFacts } from '../identity/index.ts'
import { licencesInUse } from './advisor-licences.ts'
import type { Subject } from './rules/index.ts'

/** A version as the rules judge it, and as a model is asked about it. The day of publication is that of the check. */
export const subjectOf = (version: Version, advisor: AdvisorFacts, check: { createdAt: Date }, now: Date): Subject => ({
  text: version.text,
  licences: [...new Set(licencesInUse(advisor, now).map((licence) => licence.type))],
  channel: version.channel,
  audience: version.audience,
  language: version.language,
  publicationDate: istDay(check.createdAt),
})
