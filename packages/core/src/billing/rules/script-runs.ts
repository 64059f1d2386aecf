/** A script of which we have a font. `latin` is what the fonts that every reader of PDF has can show. */
export type Script = 'latin' | 'devanagari' | 'gujarati' | 'tamil'

/** A part of a line in one script. */
export interface Run {
  script: Script
  text: string
}

/** Windows-1252 without its control codes; blocks of Unicode, and the sign of the rupee with the first font that has it. */
const LETTERS: readonly [Script, RegExp][] = [
  ['latin', /[\x20-\x7e\xa0-\xff]/],
  ['gujarati', /[\u0a80-\u0aff]/],
  ['tamil', /[\u0b80-\u0bff]/],
  ['devanagari', /[\u0900-\u097f\ua8e0-\ua8ff\u20b9]/],
]
/** They join or part letters of the script that they stand in, and are nothing elsewhere. */
const JOINERS = /[\u200c\u200d]/
/** The full stops of Devanagari serve other scripts, too. */
const SHARED_STOPS = /[\u0964\u0965]/

/** Splits a line by script; what no font of ours shows becomes `?`. */
export function runsOf(text: string): Run[] {
  const runs: Run[] = []
  for (const letter of text.normalize('NFC')) {
    const last = runs.at(-1)
    const belongs = JOINERS.test(letter) || (SHARED_STOPS.test(letter) && last?.script === 'gujarati')
    if (belongs) {
      if (last && last.script !== 'latin') last.text += letter
      continue
    }
    const found = LETTERS.find(([, letters]) => letters.test(letter))
    const { script, shown } = found ? { script: found[0], shown: letter } : { script: 'latin' as const, shown: '?' }
    if (last?.script === script) last.text += shown
    else runs.push({ script, text: shown })
  }
  return runs
}
