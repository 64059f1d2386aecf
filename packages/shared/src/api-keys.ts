import { z } from 'zod'
import { Id, line, PageInput, page, Time } from './fields.ts'

/**
 * What an API key may be allowed, one scope for each kind of use. There is none for approving, members, keys, billing or
 * sign-ins: no key can do these. Which scope opens which use case: `packages/core/src/platform/access.ts`.
 */
export const Scope = z.enum([
  'profile:read',
  'content:read',
  'content:write',
  'compliance:check',
  'recipients:read',
  'recipients:write',
  'campaigns:read',
  'campaigns:write',
  'audit:read',
])
export type Scope = z.infer<typeof Scope>

/** The longest that a replaced secret may go on working. */
export const MAX_GRACE_HOURS = 168

export const CreateApiKeyInput = z.strictObject({
  /** What the key is for, as the firm calls it. */
  name: line(80),
  scopes: z
    .array(Scope)
    .min(1)
    .max(Scope.options.length)
    .refine((scopes) => new Set(scopes).size === scopes.length, { message: 'must not name a scope twice' }),
  expiresAt: Time.optional(),
})
/** `key` is shown this once; we keep only its hash. `prefix` is the part of it that is no secret. */
export const NewApiKeyView = z.object({ id: Id, key: z.string(), prefix: z.string() })

export const ApiKeyIdInput = z.strictObject({ id: Id })
export const RotateApiKeyInput = z.strictObject({
  id: Id,
  /** How long the replaced secret goes on working; 0 ends it at once. */
  graceHours: z.int().min(0).max(MAX_GRACE_HOURS),
})
export const RotatedApiKeyView = NewApiKeyView.extend({ previousValidUntil: Time.nullable() })

export const ApiKeyView = z.object({
  id: Id,
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(Scope),
  createdAt: Time,
  /** The person who made the key. */
  createdBy: Id,
  expiresAt: Time.nullable(),
  /** To the hour. */
  lastUsedAt: Time.nullable(),
  previousValidUntil: Time.nullable(),
  revokedAt: Time.nullable(),
})
export type ApiKeyView = z.infer<typeof ApiKeyView>
export const ApiKeyPage = page(ApiKeyView)
export const ApiKeyListInput = PageInput
