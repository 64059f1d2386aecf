import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as fontkit from '@cantoo/fontkit'
import {
  beginText,
  endText,
  type PDFDocument,
  type PDFFont,
  PDFHexString,
  PDFOperator,
  PDFOperatorNames,
  type PDFPage,
  type RGB,
  StandardFonts,
  setFillingColor,
  setFontAndSize,
  setTextMatrix,
  showText,
} from '@cantoo/pdf-lib'
import { type Run, runsOf, type Script } from './rules/script-runs.ts'

export interface TextStyle {
  size: number
  bold: boolean
}

/** Writes text in the scripts of the product on the pages of one document. */
export interface Typesetter {
  /** How wide a line would be, in points. */
  widthOf(text: string, style: TextStyle): number
  /** Writes one line from a point to the right. */
  draw(page: PDFPage, text: string, at: TextStyle & { x: number; y: number; color: RGB }): void
}

type Weight = 'plain' | 'bold'
type Indic = Exclude<Script, 'latin'>

/** A font that the document carries, with what it says about the places of its glyphs. */
interface Face {
  shaper: fontkit.Font
  embedded: PDFFont
}

/** Where the font of a script is: Noto Sans, SIL Open Font License 1.1, of which a document carries the letters it uses. */
const fileOf = (script: Indic, weight: Weight): string =>
  fileURLToPath(
    import.meta.resolve(
      `@fontsource/noto-sans-${script}/files/noto-sans-${script}-${script}-${weight === 'bold' ? 700 : 400}-normal.woff`,
    ),
  )

/** Prepares the fonts for everything that will be written. The same text gives the same bytes. */
export async function createTypesetter(pdf: PDFDocument, everything: string): Promise<Typesetter> {
  pdf.registerFontkit(fontkit)
  const latin: Record<Weight, PDFFont> = {
    plain: await pdf.embedFont(StandardFonts.Helvetica),
    bold: await pdf.embedFont(StandardFonts.HelveticaBold),
  }
  const faces = new Map<string, Face>()
  for (const script of new Set(runsOf(everything).map((run) => run.script))) {
    if (script === 'latin') continue
    for (const weight of ['plain', 'bold'] as const) {
      const file = readFileSync(fileOf(script, weight))
      faces.set(`${script} ${weight}`, {
        shaper: fontkit.create(file) as fontkit.Font,
        embedded: await pdf.embedFont(file, { subset: true }),
      })
    }
  }
  const faceOf = (script: Indic, weight: Weight): Face => {
    const face = faces.get(`${script} ${weight}`)
    if (!face) throw new Error(`no font was prepared for ${script}`)
    return face
  }
  const widthOfRun = ({ script, text }: Run, { size, bold }: TextStyle): number => {
    const weight = bold ? 'bold' : 'plain'
    if (script === 'latin') return latin[weight].widthOfTextAtSize(text, size)
    const { shaper } = faceOf(script, weight)
    return (shaper.layout(text).advanceWidth * size) / shaper.unitsPerEm
  }
  return {
    widthOf: (text, style) => runsOf(text).reduce((sum, run) => sum + widthOfRun(run, style), 0),
    draw(page, text, at) {
      let { x } = at
      for (const run of runsOf(text)) {
        const weight = at.bold ? 'bold' : 'plain'
        if (run.script === 'latin') page.drawText(run.text, { ...at, x, font: latin[weight] })
        else drawShaped(page, faceOf(run.script, weight), run.text, { ...at, x })
        x += widthOfRun(run, at)
      }
    },
  }
}

/**
 * Glyph by glyph at the places that the font gives them: the PDF library by itself sets them side by side, which takes
 * vowel signs off their letters. `ActualText` (ISO 32000-1, 14.9.4) is what a reader copies and searches.
 */
function drawShaped(
  page: PDFPage,
  { shaper, embedded }: Face,
  text: string,
  { x, y, size, color }: { x: number; y: number; size: number; color: RGB },
): void {
  const { positions } = shaper.layout(text)
  if (positions === null) throw new Error('a font laid out text without places')
  const codes = embedded.encodeText(text).asString().match(/.{4}/g) ?? []
  const scale = size / shaper.unitsPerEm
  const actual = `<</ActualText ${PDFHexString.fromText(text)}>>`
  let pen = x
  page.pushOperators(
    PDFOperator.of(PDFOperatorNames.BeginMarkedContentSequence, ['/Span', actual]),
    beginText(),
    setFillingColor(color),
    setFontAndSize(page.node.newFontDictionary(embedded.name, embedded.ref), size),
  )
  for (const [index, { xAdvance, xOffset, yOffset }] of positions.entries()) {
    const [left, base] = [pen + xOffset * scale, y + yOffset * scale]
    page.pushOperators(setTextMatrix(1, 0, 0, 1, left, base), showText(PDFHexString.of(codes[index] ?? '')))
    pen += xAdvance * scale
  }
  page.pushOperators(endText(), PDFOperator.of(PDFOperatorNames.EndMarkedContent))
}
