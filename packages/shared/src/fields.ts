import { z } from 'zod'

/** UUIDv7 (RFC 9562): sorts by creation time. */
export const Id = z.uuid()

/** RFC 3339 time in UTC. */
export const Time = z.iso.datetime()

/** A calendar day in Asia/Kolkata, `YYYY-MM-DD`. */
export const Day = z.iso.date()

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/** Text that PostgreSQL and every UTF-8 reader can hold: no U+0000, no lone surrogate. */
export const text = (maxLength: number, minLength = 0) =>
  z
    .string()
    .min(minLength)
    .max(maxLength)
    .refine((value) => !value.includes('\u0000') && !LONE_SURROGATE.test(value), {
      message: 'must be well-formed Unicode without U+0000',
    })

/** One line of text, trimmed: names, titles, references. */
export const line = (maxLength: number, minLength = 1) =>
  text(maxLength)
    .trim()
    .min(minLength)
    .refine((value) => !/[\r\n\t]/.test(value), { message: 'must be a single line' })

export const Email = text(254).trim().toLowerCase().pipe(z.email()).meta({ format: 'email' })

/** Keyset page: `cursor` is opaque and only valid for the list that issued it. */
export const PageInput = z.strictObject({
  limit: z.int().min(1).max(100).default(20),
  cursor: z.string().max(500).optional(),
})

export const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() })
