import { PDFDocument, type PDFPage, rgb } from '@cantoo/pdf-lib'
import type { TaxDocument } from '@pramaan/shared'
import { STATE_NAMES } from './rules/state-names.ts'
import { createTypesetter, type Typesetter } from './typesetter.ts'

const A4: [number, number] = [595.28, 841.89]
const MARGIN = 50
const RIGHT = A4[0] - MARGIN
const LINE = 15
const BLACK = rgb(0, 0, 0)
const GREY = rgb(0.4, 0.4, 0.4)

const TITLES = { invoice: 'Tax invoice', credit_note: 'Credit note' } as const

/** Rupees with paise, Indian grouping: `1,17,882.00`. */
const rupees = (paise: number): string =>
  new Intl.NumberFormat('en-IN', { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(paise / 100)

/** Under which name a document is handed out: a number has slashes. */
export const fileNameOf = (number: string): string => `${number.replaceAll('/', '-')}.pdf`

/**
 * A tax invoice or credit note as PDF, one page of A4, with the very facts of the data. The same document gives the same
 * bytes. Scripts of which we have no font are shown as `?`; the data has every name as it is.
 */
export async function writeInvoicePdf(document: TaxDocument): Promise<Uint8Array> {
  const pdf = await PDFDocument.create({ updateMetadata: false })
  const issued = new Date(`${document.date}T00:00:00Z`)
  pdf.setTitle(`${TITLES[document.kind]} ${document.number}`)
  pdf.setProducer('Pramaan')
  pdf.setCreationDate(issued)
  pdf.setModificationDate(issued)
  const pen = createPen(pdf.addPage(A4), await createTypesetter(pdf, JSON.stringify(document)))

  pen.write(TITLES[document.kind], { size: 20, bold: true })
  pen.skip(1)
  pen.pair('Number', document.number)
  pen.pair('Date', document.date)
  if (document.against) pen.pair('Against invoice', `${document.against.number} of ${document.against.date}`)
  pen.pair('Place of supply', `${document.placeOfSupply.stateCode} ${document.placeOfSupply.state}`)
  pen.pair('Reverse charge', 'No')
  pen.skip(1)
  writeParty(pen, 'Supplier', document.supplier)
  writeParty(pen, 'Recipient', document.recipient)

  for (const { description, sac, taxablePaise } of document.lines) {
    pen.write(description)
    pen.amount(`SAC ${sac}, taxable value`, rupees(taxablePaise))
  }
  for (const { name, ratePercent, amountPaise } of document.taxes) {
    pen.amount(`${name} ${ratePercent}%`, rupees(amountPaise))
  }
  pen.amount('Total (INR, tax included)', rupees(document.totalPaise), true)
  pen.skip(1)
  pen.write(`Payment ${document.payment}`, { grey: true })
  pen.write('Made by a computer; valid without a signature by hand.', { grey: true })
  return pdf.save()
}

function writeParty(
  pen: Pen,
  title: string,
  party: {
    name: string
    address: string | null
    gstin: string | null
    stateCode: TaxDocument['supplier']['stateCode']
  },
): void {
  pen.write(title, { bold: true })
  pen.write(party.name)
  if (party.address) pen.write(party.address)
  pen.write(`State ${party.stateCode} ${STATE_NAMES[party.stateCode]}`)
  pen.write(party.gstin ? `GSTIN ${party.gstin}` : 'GSTIN: not registered')
  pen.skip(1)
}

interface Pen {
  write(text: string, style?: { size?: number; bold?: boolean; grey?: boolean }): void
  pair(name: string, value: string): void
  /** A line with a number at the right edge. */
  amount(name: string, value: string, bold?: boolean): void
  skip(lines: number): void
}

/** Writes from the top downwards, breaking what is too long for a line between its words. */
function createPen(page: PDFPage, typesetter: Typesetter): Pen {
  let y = A4[1] - MARGIN
  const draw = (text: string, x: number, { size = 10, bold = false, color = BLACK }) =>
    typesetter.draw(page, text, { x, y, size, bold, color })
  return {
    write(text, { size = 10, bold = false, grey = false } = {}) {
      for (const line of broken(text, (part) => typesetter.widthOf(part, { size, bold }))) {
        draw(line, MARGIN, { size, bold, color: grey ? GREY : BLACK })
        y -= Math.max(LINE, size * 1.4)
      }
    },
    pair(name, value) {
      draw(name, MARGIN, { color: GREY })
      draw(value, MARGIN + 110, {})
      y -= LINE
    },
    amount(name, value, bold = false) {
      draw(name, MARGIN, { bold })
      draw(value, RIGHT - typesetter.widthOf(value, { size: 10, bold }), { bold })
      y -= LINE
    },
    skip(lines) {
      y -= lines * LINE
    },
  }
}

function broken(text: string, widthOf: (part: string) => number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    const longer = last === undefined ? word : `${last} ${word}`
    if (last !== undefined && widthOf(longer) <= RIGHT - MARGIN) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
