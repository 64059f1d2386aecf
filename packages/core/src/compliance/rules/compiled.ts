import { createLexicon, type Lexicon } from './lexicon.ts'
import { compilePattern, type Pattern, type Reading, readMarks } from './pattern.ts'
import { CONCEPTS, RULE_SET } from './rule-set.ts'
import { readTokens } from './tokens.ts'
import type { Grade, Rule } from './types.ts'

/** A rule with its patterns ready to run. */
export interface CompiledRule {
  readonly rule: Rule
  readonly patterns: readonly { readonly pattern: Pattern; readonly grade: Grade }[]
  readonly except: readonly Pattern[]
}

const compileRule = (rule: Rule, lexicon: Lexicon): CompiledRule => {
  const compile = (table: Rule['patterns'], grade: Grade) =>
    Object.values(table).flatMap((list) => list.map((source) => ({ pattern: compilePattern(source, lexicon), grade })))
  return {
    rule,
    patterns: [...compile(rule.patterns, 'plain'), ...compile(rule.doubtful, 'doubtful')],
    except: rule.except.map((source) => compilePattern(source, lexicon)),
  }
}

/** A lexicon with the rules compiled against it; the literals of the patterns become part of the lexicon. */
export interface Engine {
  readonly lexicon: Lexicon
  readonly rules: readonly CompiledRule[]
}

/** Compiles a pack. A wrong pack throws here, at start, and never during a check. */
export const compilePack = (rules: readonly Rule[], concepts: typeof CONCEPTS): Engine => {
  const lexicon = createLexicon(concepts)
  return { lexicon, rules: rules.map((rule) => compileRule(rule, lexicon)) }
}

/** The engine over the pack of this build. */
export const ENGINE = compilePack(RULE_SET.rules, CONCEPTS)

/** Reads a text once for all rules of an engine. */
export const readText = (text: string, engine: Engine = ENGINE): Reading =>
  readMarks(readTokens(text, engine.lexicon.knows), engine.lexicon)
