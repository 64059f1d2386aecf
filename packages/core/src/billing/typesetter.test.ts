import { decodePDFRawStream, PDFArray, PDFDocument, PDFRawStream, rgb } from '@cantoo/pdf-lib'
import { expect, test } from 'vitest'
import { createTypesetter } from './typesetter.ts'

const NAMES = {
  devanagari: 'श्री केसर वित्तीय सलाहकार',
  gujarati: 'કેસર ફાઇનાન્સ',
  tamil: 'கேசர் நிதி ஆலோசகர்',
}
const STYLE = { size: 10, bold: false }

async function written(text: string): Promise<Uint8Array> {
  const pdf = await PDFDocument.create({ updateMetadata: false })
  const typesetter = await createTypesetter(pdf, text)
  typesetter.draw(pdf.addPage(), text, { ...STYLE, x: 100, y: 200, color: rgb(0, 0, 0) })
  return pdf.save({ useObjectStreams: false })
}

/** The commands of the only page. */
async function commandsOf(bytes: Uint8Array): Promise<string> {
  const page = (await PDFDocument.load(bytes)).getPage(0)
  const streams = page.node.Contents()
  const all = streams instanceof PDFArray ? streams.asArray().map((one) => page.doc.context.lookup(one)) : [streams]
  return all
    .map((one) => (one instanceof PDFRawStream ? Buffer.from(decodePDFRawStream(one).decode()).toString('latin1') : ''))
    .join('\n')
}
const utf16 = (text: string) => `FEFF${Buffer.from(text, 'utf16le').swap16().toString('hex').toUpperCase()}`

test.each(Object.entries(NAMES))(
  'a name in %s is set in its own font, and is what a reader copies and searches',
  async (script, name) => {
    const bytes = await written(`${name} Capital`)
    const font = `NotoSans${script[0]?.toUpperCase()}${script.slice(1)}`
    expect(Buffer.from(bytes).toString('latin1')).toContain(font)
    const commands = await commandsOf(bytes)
    for (const word of name.split(' ')) expect(commands).toContain(`ActualText <${utf16(word)}>`)
    expect(bytes.length).toBeLessThan(60_000)
    expect(Buffer.from(await written(`${name} Capital`)).equals(Buffer.from(bytes))).toBe(true)
  },
)

test('a vowel sign stands over its letter, where the font puts it, and not beside it', async () => {
  const commands = await commandsOf(await written('के'))
  const places = [...commands.matchAll(/1 0 0 1 ([\d.]+) ([\d.]+) Tm/g)].map(([, x, y]) => [Number(x), Number(y)])
  // The letter is 768 thousandths wide; the sign begins 221 of them before its end.
  expect(places).toEqual([
    [100, 200],
    [expect.closeTo(105.47), 200],
  ])
})

test('letters that join become one sign, and a line is as wide as what is drawn', async () => {
  const pdf = await PDFDocument.create()
  const { widthOf } = await createTypesetter(pdf, 'क्ष क ष द्ध Kesar')
  expect(widthOf('क्ष', STYLE)).toBeLessThan(widthOf('क', STYLE) + widthOf('ष', STYLE))
  const commands = await commandsOf(await written('द्ध'))
  expect(commands.match(/Tj/g)).toHaveLength(1)
  const line = 'Kesar केसर'
  expect(widthOf(line, STYLE)).toBeCloseTo(widthOf('Kesar ', STYLE) + widthOf('केसर', STYLE), 6)
  expect(widthOf(line, { ...STYLE, size: 20 })).toBeCloseTo(2 * widthOf(line, STYLE), 6)
})
