export { checkText, ENGINE_VERSION } from './check-text.ts'
export { decide } from './decide.ts'
export { findHard, findInContext, findInShadow } from './find.ts'
export { type ComposedRules, compose, composedDigest, firmRulesDigest } from './firm-rules.ts'
export { applyEdits, withFixes } from './fixes.ts'
export { bindsLicence, isInForce, rulesFor } from './in-force.ts'
export { type Judging, judgingWith } from './judging.ts'
export {
  renderText,
  STANDARD_WARNINGS,
  templateParameters,
  WHATSAPP_TEMPLATE,
  withoutTranslationDuty,
} from './render.ts'
export { findInRendered } from './rendered.ts'
export { digestOf, RULE_SET } from './rule-set.ts'
export type { Decision, RenderingAdvisor, Rule, RuleSet, Subject, Translations } from './types.ts'
