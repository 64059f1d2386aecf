import { randomUUID } from 'node:crypto'
import { jsonSchemaOf } from '@pramaan/trpc/rest'
import type { z } from 'zod'

/** The part of JSON Schema that our inputs use. */
interface Schema {
  type?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  minItems?: number
  minimum?: number
  minLength?: number
  format?: string
  pattern?: string
}

/** What stands for a text field that only takes texts of one form. A new form needs a line here. */
const BY_PATTERN: [RegExp, string][] = [
  [/\\\+\[1-9\]/, '+919876543210'],
  [/\\d\{6\}/, '123456'],
  // The sequence of an audit entry.
  [/^\^\[1-9\]\[0-9\]/, '1'],
  // A text in an Indian script.
  [/u0900|\u0900/, 'सभी दस्तावेज़ों को ध्यान से पढ़ें, उसके बाद ही निवेश करें।'],
  // The name of a template.
  [/^\^\[a-z0-9_\]/, 'sip_reminder'],
  // A licence number; the first kind of licence is an investment adviser's.
  [/A-Z0-9\/-\]\{3,29\}/, 'INA000012345'],
  [/^\^\[a-z\]\+_/, 'pay_Sample00000001'],
  [/\[0-9a-f\]\{64\}/, '0'.repeat(64)],
  [/^phone$/, 'phone,consentSource,consentWording,consentGivenAt\n9876501234,form,Send me news,2026-11-20'],
  [/\[01\]\\d/, '21:00'],
  [/^\\n$/, 'number,name\nINA000012345,Sample Adviser'],
]

/** The smallest input that a schema takes: what is required, in the right form, about objects that do not exist. */
export function sampleInput(schema: z.ZodType): unknown {
  return sampleOf(jsonSchemaOf(schema, 'input') as Schema)
}

function sampleOf(schema: Schema): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  const [option] = schema.anyOf ?? []
  if (option) return sampleOf(option)
  switch (schema.type) {
    case 'object':
      return Object.fromEntries((schema.required ?? []).map((key) => [key, sampleOf(schema.properties?.[key] ?? {})]))
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => sampleOf(schema.items ?? {}))
    case 'integer':
    case 'number':
      return schema.minimum ?? 1
    case 'boolean':
      return true
    default:
      return sampleText(schema)
  }
}

function sampleText({ format, pattern, minLength }: Schema): string {
  if (format === 'uuid') return randomUUID()
  if (format === 'date-time') return '2026-11-24T06:30:00.000Z'
  if (format === 'date') return '2026-11-24'
  if (format === 'uri') return 'https://hooks.example.com/pramaan'
  if (format === 'email') return `nobody-${randomUUID()}@example.test`
  if (pattern !== undefined) {
    const known = BY_PATTERN.find(([form]) => form.test(pattern))
    if (!known) throw new Error(`apps/api/testing/sample.ts has no sample for the pattern ${pattern}`)
    return known[1]
  }
  // Only passwords are that long; they must not consist of what stands in the other fields.
  const sample = (minLength ?? 0) >= 8 ? 'several unrelated words here' : 'sample text of a length'
  return sample.padEnd(minLength ?? 0, 'x')
}
