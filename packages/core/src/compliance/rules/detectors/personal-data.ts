import type { Detector } from './detector.ts'
import { coveredAt, occurs, rangeHit } from './reading.ts'

const PAN = /^[a-z]{5}\d{4}[a-z]$/
const PAN_LENGTH = 10
/** Specimens that official sites print. */
const SPECIMENS = new Set(['abcde1234f', 'aaaaa1234a', 'aaapa1234a', 'xxxxx1234x', 'abcpe1234f', 'abcdp1234e'])
const NEAR = 4

/** Permanent account numbers, Aadhaar, folio and account numbers beside their names. Own office numbers are none. */
export const personalData: Detector = (reading) =>
  reading.tokens.flatMap((token, index) => {
    if (token.form.length === PAN_LENGTH && PAN.test(token.form) && !SPECIMENS.has(token.form))
      return [rangeHit(index, index)]
    if (token.kind !== 'number') return []
    const digits = token.form.replaceAll(',', '')
    const labelled = (concept: string) => {
      for (let at = Math.max(0, index - NEAR); at < index; at++) if (coveredAt(reading, at, concept) > 0) return true
      return false
    }
    if (/^\d{4}$/.test(digits) && labelled('@aadhaar')) {
      const next = [index + 1, index + 2].map((at) => reading.tokens[at]?.form ?? '')
      return next.every((form) => /^\d{4}$/.test(form)) ? [rangeHit(index, index + 2)] : []
    }
    if (/^\d{12}$/.test(digits) && labelled('@aadhaar')) return [rangeHit(index, index)]
    if (/^\d{6,18}$/.test(digits) && labelled('@folio')) return [rangeHit(index, index)]
    const mobile =
      /^[6-9]\d{9}$/.test(digits) && labelled('@mobile') && occurs(reading, '@client-title') && !labelled('@our')
    return mobile && occurs(reading, '@portfolio-word') ? [rangeHit(index, index)] : []
  })
