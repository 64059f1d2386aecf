import type { Reading } from '../pattern.ts'
import type { Hit, Rule, Subject } from '../types.ts'

/** What a detector knows besides the text: the rule that asked, and its parameters with those of the use. */
export interface DetectorContext {
  readonly subject: Subject
  readonly rule: Rule
  readonly params: Readonly<Record<string, unknown>>
}

/** Finds what a pattern cannot say. Pure. */
export type Detector = (reading: Reading, context: DetectorContext) => Hit[]
