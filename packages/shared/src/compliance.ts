import { z } from 'zod'
import { AiConcern } from './ai.ts'
import { Day, Id, Time, text } from './fields.ts'

export const LicenceType = z.enum(['IA', 'RA', 'MFD', 'INS'])
export type LicenceType = z.infer<typeof LicenceType>

export const Channel = z.enum(['whatsapp', 'email', 'linkedin', 'website', 'sms', 'other'])
export type Channel = z.infer<typeof Channel>

export const Audience = z.enum(['client', 'clients', 'public'])
export type Audience = z.infer<typeof Audience>

export const Language = z.enum(['en', 'hi', 'hinglish', 'mr', 'gu', 'ta', 'other'])
export type Language = z.infer<typeof Language>

/** The longest text that is checked, in UTF-16 code units (Pro tier of `scoring.md`). */
export const MAX_CONTENT_LENGTH = 20_000

export const ContentText = text(MAX_CONTENT_LENGTH, 1)

export const Outcome = z.enum(['clean', 'review', 'changes_required'])
export type Outcome = z.infer<typeof Outcome>

export const Severity = z.enum(['block', 'high', 'medium', 'low'])
export type Severity = z.infer<typeof Severity>

export const Stage = z.union([z.literal(1), z.literal(2), z.literal(3)])
export type Stage = z.infer<typeof Stage>

/**
 * A patch of the submitted text: each range (UTF-16 code units, they do not overlap) becomes `text`. It is only given
 * where the engine finds strictly less in the patched text, and nothing new. The fixes of one verdict may be applied one
 * by one or all together; edits that several of them share are made once.
 */
export const Fix = z.object({ edits: z.array(z.object({ start: z.int(), end: z.int(), text: z.string() })).min(1) })
export type Fix = z.infer<typeof Fix>

/**
 * `span` counts UTF-16 code units in the submitted text, so `text.slice(start, end) === quote`. `inForce` is the time of
 * the rule in calendar days in India, both inclusive, `null` for an open end.
 */
export const Finding = z.object({
  ruleId: z.string(),
  family: z.string(),
  severity: Severity,
  stage: Stage,
  clause: z.string(),
  inForce: z.object({ from: z.string().nullable(), to: z.string().nullable() }).optional(),
  message: z.string(),
  messageHi: z.string().optional(),
  span: z.object({ start: z.int(), end: z.int() }).nullable(),
  quote: z.string(),
  advice: z.string().optional(),
  fix: Fix.optional(),
})
export type Finding = z.infer<typeof Finding>

/** What still has to be true before the text may go out, e.g. a stored approval reference. */
export const Obligation = z.object({
  ruleId: z.string(),
  message: z.string(),
  messageHi: z.string().optional(),
  clause: z.string(),
})
export type Obligation = z.infer<typeof Obligation>

export const AiStatus = z.enum(['off', 'ok', 'cached', 'unavailable'])
export type AiStatus = z.infer<typeof AiStatus>

export const StageReport = z.object({
  stage: Stage,
  status: z.enum(['done', 'failed']),
  tookMs: z.number(),
})
export type StageReport = z.infer<typeof StageReport>

export const Verdict = z.object({
  id: Id.optional(),
  outcome: Outcome,
  score: z.int().min(0).max(100),
  findings: z.array(Finding),
  obligations: z.array(Obligation),
  ruleSet: z.object({ version: z.string(), digest: z.string() }),
  engine: z.object({ version: z.string() }),
  stages: z.array(StageReport),
  /** Beside the verdict, not in it. `off`: no model was asked. With concerns, or without a usable answer, a person looks. */
  ai: z.object({ status: AiStatus, concerns: z.array(AiConcern).optional() }),
  rendered: z.object({ text: z.string() }),
  checkedAt: Time.optional(),
})
export type Verdict = z.infer<typeof Verdict>

/** Standard warnings in another language, by their id. */
const Translations = z
  .object({ W1: z.string(), W2: z.string(), W2_RA: z.string(), W4: z.string(), INS: z.string() })
  .partial()

/** What a verdict was given about, besides the text: the publisher, to whom, when (an IST day). */
export const VerdictInput = z.object({
  licences: z.array(LicenceType),
  channel: Channel,
  audience: Audience,
  language: Language.nullable(),
  publicationDate: Day,
  /** Who stands in the footer. */
  advisor: z.object({
    displayName: z.string(),
    licences: z.array(z.object({ type: LicenceType, number: z.string() })),
    /** Standard warnings as the firm has them in the language of the text; the others stand in English. */
    translations: Translations,
  }),
})
export type VerdictInput = z.infer<typeof VerdictInput>

export const ComplianceProfileInput = z.strictObject({ months: z.int().min(1).max(24).default(12) })
/** How an advisor does: the score of the profile, by month and by family. */
export const ComplianceProfileView = z.object({
  /** 0 to 100, 100 is best; the average of 100 minus the score over the newest 20 verdicts. Null before the first verdict. */
  complianceScore: z.int().nullable(),
  /** 0 to 100, 100 is most dangerous; null before the first verdict. */
  riskScore: z.int().nullable(),
  /** Calendar months in India, oldest first; months without a verdict are left out. */
  months: z.array(
    z.object({ month: z.string(), verdicts: z.int(), clean: z.int(), sentBack: z.int(), averageScore: z.int() }),
  ),
  /** By how many points the average score of the later half of these months lies below that of the earlier half. */
  improvement: z.int().nullable(),
  violations: z.array(
    z.object({ family: z.string(), findings: z.int(), texts: z.int(), blocks: z.int(), lastFoundAt: Time }),
  ),
})
export type ComplianceProfileView = z.infer<typeof ComplianceProfileView>

export const CheckInput = z.strictObject({
  text: ContentText,
  licence: LicenceType,
  channel: Channel.default('whatsapp'),
  audience: Audience.default('clients'),
  language: Language.optional(),
  publicationDate: Day.optional(),
})
export type CheckInput = z.infer<typeof CheckInput>

/** One line of a file of labelled messages, as `pramaan rules test` reads them. */
export const LabelledMessage = z.object({
  id: z.string(),
  /** Messages of one file that were written together. */
  set: z.string().optional(),
  language: Language,
  licence: LicenceType,
  channel: Channel.default('whatsapp'),
  audience: z.enum(['one_to_one', 'clients', 'public']).default('public'),
  publicationDate: Day,
  text: ContentText,
  expect: z.object({
    outcome: Outcome,
    /** Families that must be found; others may be. */
    families: z.array(z.string()),
    mustNot: z.array(z.string()).default([]),
    /** Filled only where it is certain. */
    rules: z.array(z.string()).default([]),
  }),
})
export type LabelledMessage = z.infer<typeof LabelledMessage>

/** How many rules a firm may add, and how many wordings one of them may have. */
const MAX_FIRM_RULES = 100
const MAX_WORDINGS = 50

/**
 * A rule that a firm adds for itself. It can only find more: each wording is one to eight words in a row, in any spelling
 * that the engine knows for them. `block` and nothing else sends a text back; the rest asks for a person.
 */
export const FirmRule = z.strictObject({
  id: z
    .string()
    .regex(/^FIRM-[A-Z0-9]+(-[A-Z0-9]+)*$/)
    .max(48),
  wordings: z
    .array(
      text(120, 1).refine((wording) => /^[\p{L}\p{M}\p{N}]+( [\p{L}\p{M}\p{N}]+){0,7}$/u.test(wording), {
        message: 'Use one to eight words of letters and digits with one space between them.',
      }),
    )
    .min(1)
    .max(MAX_WORDINGS),
  severity: Severity,
  message: text(300, 1),
  messageHi: text(300, 1).optional(),
  advice: text(300, 1),
  /** Where the firm wrote the rule down. */
  source: text(200, 1),
  /** Bound licences; all of the firm's when absent. */
  licences: z.array(LicenceType).min(1).optional(),
  effectiveFrom: Day,
  effectiveTo: Day.nullable().default(null),
})
export type FirmRule = z.infer<typeof FirmRule>

/** All rules that a firm adds; ids are unique. */
export const FirmRules = z
  .array(FirmRule)
  .max(MAX_FIRM_RULES)
  .refine((rules) => new Set(rules.map(({ id }) => id)).size === rules.length, {
    message: 'Two rules have the same id.',
  })
export type FirmRules = z.infer<typeof FirmRules>

export const FirmRulesInput = z.strictObject({ rules: FirmRules })
export const GetFirmRulesInput = z.strictObject({ version: z.int().min(0).optional() })
/** Version 0 is a firm that never wrote rules. `digest` is the SHA-256 of the RFC 8785 form of `rules`. */
export const FirmRulesView = z.object({
  version: z.int(),
  digest: z.string().nullable(),
  rules: FirmRules,
  setBy: Id.nullable(),
  setAt: Time.nullable(),
})
export type FirmRulesView = z.infer<typeof FirmRulesView>

export const CountShadowInput = z.strictObject({ days: z.int().min(1).max(365).default(30) })
/** How often a pending rule would have found something, had it been in force. */
export const ShadowCount = z.object({
  ruleId: z.string(),
  /** Null for a rule that this release does not have any more. */
  title: z.string().nullable(),
  clause: z.string().nullable(),
  texts: z.int(),
  firms: z.int(),
  lastFoundAt: Time.nullable(),
})
export type ShadowCount = z.infer<typeof ShadowCount>
export const ShadowCounts = z.object({ items: z.array(ShadowCount) })

/**
 * All that a verdict is a function of, and the verdict: whoever has the engine of that version can judge again and compare.
 * `pack` is the whole rule pack (RFC 8785 JSON), null where it was not kept; `firmRules` what the firm had added, null for
 * nothing. `ruleSet.digest` is the SHA-256 of the pack, or of the RFC 8785 form of `{firm, pack}`, the digests of both.
 */
export const ReplayKit = z.object({
  verdictId: Id,
  text: z.string(),
  input: VerdictInput,
  inputHash: z.string(),
  verdict: Verdict,
  pack: z.string().nullable(),
  firmRules: FirmRules.nullable(),
})
export type ReplayKit = z.infer<typeof ReplayKit>
