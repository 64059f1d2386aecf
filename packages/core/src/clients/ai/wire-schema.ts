import { z } from 'zod'

/** What both vendors take of JSON Schema. Lengths and bounds are refused by some; the Zod schema checks them afterwards. */
const TAKEN = new Set(['type', 'properties', 'required', 'additionalProperties', 'items', 'enum', 'description'])

/** The JSON Schema of an answer, in the subset that structured outputs understand. */
export const wireSchema = (answer: z.ZodType): object => plain(z.toJSONSchema(answer, { io: 'input' })) as object

function plain(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema
  const kept = Object.entries(schema).filter(([name]) => TAKEN.has(name))
  return Object.fromEntries(
    kept.map(([name, held]) => {
      if (name === 'items') return [name, plain(held)]
      if (name !== 'properties') return [name, held]
      return [name, Object.fromEntries(Object.entries(held as object).map(([field, inner]) => [field, plain(inner)]))]
    }),
  )
}
