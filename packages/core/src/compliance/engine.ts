import {
  decide,
  ENGINE_VERSION,
  findHard,
  findInContext,
  findInRendered,
  RULE_SET,
  renderText,
  withFixes,
} from './rules/index.ts'

/** What the stages need of the rules. A test passes one that fails or has other rules; everything else uses `ENGINE`. */
export interface Engine {
  readonly ruleSet: { readonly version: string; readonly digest: string }
  readonly version: string
  readonly findHard: typeof findHard
  readonly findInContext: typeof findInContext
  readonly renderText: typeof renderText
  readonly findInRendered: typeof findInRendered
  readonly decide: typeof decide
}

export const ENGINE: Engine = {
  ruleSet: RULE_SET,
  version: ENGINE_VERSION,
  findHard,
  findInContext,
  renderText,
  findInRendered,
  decide: (subject, findings) => withFixes(subject, decide(subject, findings)),
}
