import { adminRouter } from './routers/admin.ts'
import { adminBillingRouter } from './routers/admin-billing.ts'
import { advisorRouter } from './routers/advisor.ts'
import { analyticsRouter } from './routers/analytics.ts'
import { analyticsPlatformRouter } from './routers/analytics-platform.ts'
import { apiKeysRouter } from './routers/api-keys.ts'
import { auditRouter } from './routers/audit.ts'
import { authRouter } from './routers/auth.ts'
import { billingRouter } from './routers/billing.ts'
import { campaignsRouter } from './routers/campaigns.ts'
import { approvalsRouter, complianceRouter, verdictsRouter } from './routers/compliance.ts'
import { contentRouter } from './routers/content.ts'
import { dutiesRouter } from './routers/duties.ts'
import { inspectionsRouter } from './routers/inspections.ts'
import { invitationsRouter } from './routers/invitations.ts'
import { licencesRouter } from './routers/licences.ts'
import { privacyRouter } from './routers/privacy.ts'
import { recipientsRouter } from './routers/recipients.ts'
import { reviewsRouter } from './routers/reviews.ts'
import { ruleSetsRouter } from './routers/rule-sets.ts'
import { staffRouter } from './routers/staff.ts'
import { translationsRouter } from './routers/translations.ts'
import { webhookEndpointsRouter } from './routers/webhook-endpoints.ts'
import { whatsappRouter } from './routers/whatsapp.ts'
import { whatsappTemplatesRouter } from './routers/whatsapp-templates.ts'
import { router } from './trpc.ts'

/** Everything that callers can do, by tRPC and, where a procedure says so, by REST. */
export const appRouter = router({
  auth: authRouter,
  advisor: advisorRouter,
  apiKeys: apiKeysRouter,
  invitations: invitationsRouter,
  licences: licencesRouter,
  staff: staffRouter,
  content: contentRouter,
  compliance: complianceRouter,
  reviews: reviewsRouter,
  approvals: approvalsRouter,
  translations: translationsRouter,
  verdicts: verdictsRouter,
  whatsapp: whatsappRouter,
  whatsappTemplates: whatsappTemplatesRouter,
  recipients: recipientsRouter,
  campaigns: campaignsRouter,
  webhookEndpoints: webhookEndpointsRouter,
  billing: billingRouter,
  analytics: analyticsRouter,
  analyticsPlatform: analyticsPlatformRouter,
  audit: auditRouter,
  admin: adminRouter,
  adminBilling: adminBillingRouter,
  ruleSets: ruleSetsRouter,
  inspections: inspectionsRouter,
  privacy: privacyRouter,
  duties: dutiesRouter,
})

/** The type that callers import; nothing else of this package reaches them. */
export type AppRouter = typeof appRouter
