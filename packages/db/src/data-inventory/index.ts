import { ANALYTICS_TABLES } from './analytics.ts'
import { AUDIT_TABLES } from './audit.ts'
import { BILLING_TABLES } from './billing.ts'
import { COMPLIANCE_TABLES } from './compliance.ts'
import { CONTENT_TABLES } from './content.ts'
import { DELIVERY_TABLES } from './delivery.ts'
import { IDENTITY_TABLES } from './identity.ts'
import { PLATFORM_TABLES } from './platform.ts'
import { PRIVACY_TABLES } from './privacy.ts'
import type { TableEntry } from './table-entry.ts'

export { COLUMN_CLASSES } from './table-entry.ts'

/**
 * Every table and column: for what it is kept, how long, who reads it, and of which class each column is (names
 * separated by spaces). `docs/data-inventory.md` is made of this; a test compares it with the database, so that no
 * column comes in without a word on what it is.
 */
export const DATA_INVENTORY: Record<string, TableEntry> = {
  ...AUDIT_TABLES,
  ...IDENTITY_TABLES,
  ...BILLING_TABLES,
  ...CONTENT_TABLES,
  ...COMPLIANCE_TABLES,
  ...DELIVERY_TABLES,
  ...ANALYTICS_TABLES,
  ...PRIVACY_TABLES,
  ...PLATFORM_TABLES,
}
