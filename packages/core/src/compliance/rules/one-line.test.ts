import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LEARNING_FILES, readSamples } from '../../../testing/rules/read-samples.ts'
import { ENGINE } from './compiled.ts'
import { tokensOfOneLine } from './one-line.ts'
import { oneLine } from './render.ts'
import { readTokens } from './tokens.ts'

const texts = LEARNING_FILES.flatMap(readSamples).map(({ text }) => text)
const read = (text: string) => readTokens(text, ENGINE.lexicon.knows)

/** What a template makes of a text, from its tokens; the text is read again only where these do not say. */
const shifted = (text: string) => {
  const line = oneLine(text)
  return { line, tokens: tokensOfOneLine(read(text), line) }
}

describe('the tokens of a text on one line', () => {
  it('are those that reading the line gives, for every labelled message', () => {
    const known = texts.map(shifted).filter(({ tokens }) => tokens !== null)
    expect(known.length).toBeGreaterThan(texts.length / 2)
    for (const { line, tokens } of known) expect(tokens).toEqual(read(line))
  })

  it('are those that reading the line gives, whatever white space and letters stand between sentences', () => {
    const between = fc.constantFrom(
      ' ',
      '\n',
      '\n\n',
      ' \t ',
      '\r\n',
      '.\n',
      '  a\n b ',
      ' 4\n\n',
      '\u00a0',
      '\n\u0301',
      ' g \n u ',
      '\u200b\n',
      '“\n”',
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...texts), between), { minLength: 1, maxLength: 3 }), (parts) => {
        const { line, tokens } = shifted(parts.flat().join(''))
        if (tokens !== null) expect(tokens).toEqual(read(line))
      }),
      { numRuns: 300 },
    )
  })
})
