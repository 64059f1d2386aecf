import { FIRM, INSPECTOR, LAW, type TableEntry } from './table-entry.ts'

export const CONTENT_TABLES: Record<string, TableEntry> = {
  content_versions: {
    purpose: 'the texts, as they were checked and sent',
    retention: LAW,
    readers: `${FIRM}, reviewers, ${INSPECTOR}`,
    pseudonym: 'created_by',
    business: 'text',
    record: 'advisor_id id content_id number channel audience language hash created_at',
  },
  contents: {
    purpose: 'a text through its versions',
    retention: LAW,
    readers: `${FIRM}, reviewers, ${INSPECTOR}`,
    pseudonym: 'created_by',
    business: 'topic external_id excerpt',
    record: 'advisor_id id status version_id version_number created_at updated_at',
  },
}
