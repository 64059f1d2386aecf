import type {
  Audience,
  Channel,
  Finding,
  Language,
  LicenceType,
  Obligation,
  Outcome,
  Severity,
  WarningId,
} from '@pramaan/shared'

/** A text as it is judged: who publishes it, to whom, when. `publicationDate` is a calendar day in IST. */
export interface Subject {
  readonly text: string
  readonly licences: readonly LicenceType[]
  readonly channel: Channel
  readonly audience: Audience
  readonly language: Language | null
  readonly publicationDate: string
}

/** What stage 3 needs to know about the publisher to write the footer. */
export interface RenderingAdvisor {
  readonly displayName: string
  readonly licences: readonly { readonly type: LicenceType; readonly number: string }[]
  /** Approved translations into the language of the text; what is missing stands in English. */
  readonly translations?: Translations
}

export type Translations = Readonly<Partial<Record<WarningId, string | undefined>>>

/** How a detector or pattern is graded: `plain` keeps the severity of the rule, `doubtful` sends the text to a person. */
export type Grade = 'plain' | 'doubtful'

/** A condition written as data: a named detector, optionally only for some licences, audiences or graded down. */
export interface DetectorUse {
  readonly name: string
  readonly grade?: Grade
  readonly licences?: readonly LicenceType[]
  readonly audiences?: readonly Audience[]
  /** Raises or lowers the severity of the rule for this use, e.g. an IA's call to the public. */
  readonly severity?: Severity
  /** Context does not silence it: the shape of the text settles it, not its meaning. */
  readonly unconditional?: boolean
  readonly params?: Readonly<Record<string, string | number | boolean>>
}

/** Patterns by the language that they were written for; every list is tried on every text, labels are often wrong. */
export type PatternTable = Readonly<Record<string, readonly string[]>>

/** One rule of the pack, as data. Dates are IST calendar days, both inclusive; `null` is an open end. */
export interface Rule {
  readonly id: string
  readonly title: string
  readonly family: string
  /** `EDUCATOR` stands for nobody licensed. */
  readonly licences: readonly (LicenceType | 'EDUCATOR')[]
  /** Holding one of these licences lifts the rule, e.g. an IA may call itself adviser also where it distributes. */
  readonly freedBy?: readonly LicenceType[]
  readonly products: readonly string[]
  readonly severity: Severity
  readonly kind: 'prohibited' | 'conditional' | 'required'
  /** `pending` rules report in the shadow and decide nothing; `retired` ones are kept for old verdicts and bind nobody. */
  readonly status: 'active' | 'pending' | 'retired'
  readonly stage: 1 | 2 | 3
  readonly effectiveFrom: string | null
  readonly effectiveTo: string | null
  readonly instrument: string
  readonly clause: string
  /** What replaced the instrument, by its first day, the oldest first; the rule itself went on. */
  readonly successors?: readonly { readonly from: string; readonly instrument: string; readonly clause: string }[]
  readonly confidence: 'high' | 'medium' | 'low'
  readonly url: string
  readonly description: string
  /** Plain words for the author. */
  readonly message: string
  readonly messageHi: string
  /** What to do, in plain words; a patch of the text itself is made by `fixes.ts`. */
  readonly advice: string
  /** A plain finding of this rule goes back to the author although its severity is only `high`. */
  readonly refuses: boolean
  /** Licences for which a finding is never more than a question for a person. */
  readonly doubtfulFor?: readonly LicenceType[]
  readonly patterns: PatternTable
  /** Wording that is allowed under a condition that the text cannot show. */
  readonly doubtful: PatternTable
  /** Wording that looks like a hit and is not one. */
  readonly except: readonly string[]
  readonly detectors: readonly DetectorUse[]
  /** Conditions under which the rule allows what it otherwise bars; a person has to see that they are true. */
  readonly softenedBy?: readonly Softening[]
  /** Context features that silence the patterns: `negation`, `warning`, `definition`. */
  readonly quietIn: readonly string[]
  readonly obligation?: ObligationUse
  readonly requiredText?: Readonly<Record<string, string>>
  readonly params?: Readonly<Record<string, unknown>>
  readonly examples: {
    readonly mode: 'phrase' | 'idea'
    readonly fire: PatternTable
    readonly quiet: readonly string[]
    /** Texts where hints and traps are ideas, such as "no ARN". */
    readonly plain?: { readonly fire: readonly string[]; readonly quiet: readonly string[] }
  }
}

/**
 * A semantic frame: who says what to whom, as patterns over concepts, for every rule that it serves. Frames of the
 * pack are joined to their rules when the pack is loaded, so the digest covers them.
 */
export interface Frame {
  readonly frame: string
  readonly rules: readonly string[]
  readonly patterns?: readonly string[]
  readonly doubtful?: readonly string[]
  readonly except?: readonly string[]
  readonly detectors?: readonly DetectorUse[]
}

/**
 * What may stand in place of a finding or of its sentence, by rule or family and language. Shown only where the engine
 * finds less in the patched text; `licences` bars it for all others.
 */
export interface Swap {
  readonly licences?: readonly LicenceType[]
  readonly words?: Partial<Readonly<Record<Language, string>>>
  readonly sentence?: Partial<Readonly<Record<Language, string>>>
}

/** When a required thing that no text can show is listed, and whether a person has to see to it. */
export interface ObligationUse {
  readonly when: string
  readonly message: string
  readonly messageHi: string
  /** A text with this obligation is never approved by itself. */
  readonly needsPerson?: boolean
  /** Only for texts in which no rule found anything. */
  readonly onlyUnsettled?: boolean
}

/** A condition that the text states and cannot prove: a request, a certificate, an award. */
export interface Softening {
  readonly audiences?: readonly Audience[]
  /** Concepts that must all occur in the text. */
  readonly with: readonly string[]
  readonly without?: readonly string[]
}

export interface RuleSet {
  readonly version: string
  /** SHA-256 (hex) over the RFC 8785 form of version, rules, lexicon and scoring. */
  readonly digest: string
  readonly rules: readonly Rule[]
}

export interface Decision {
  readonly outcome: Outcome
  readonly score: number
  readonly findings: Finding[]
  readonly obligations: Obligation[]
}

/** Token positions of a hit, first and last inclusive. */
export interface Hit {
  readonly first: number
  readonly last: number
  /** Tokens that a pattern consumed, so that its own "not" does not count as a negation of it. */
  readonly consumed: ReadonlySet<number>
  /** A word for the message, such as the altered word of a warning. */
  readonly note?: string
}
