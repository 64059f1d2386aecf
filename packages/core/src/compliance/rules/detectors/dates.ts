import type { Reading } from '../pattern.ts'

const MONTHS: readonly (readonly string[])[] = [
  ['jan', 'january', 'janvari', 'जनवरी', 'जानेवारी', 'જાન્યુઆરી', 'ஜனவரி'],
  ['feb', 'february', 'farvari', 'फरवरी', 'फेब्रुवारी', 'ફેબ્રુઆરી', 'பிப்ரவரி'],
  ['mar', 'march', 'मार्च', 'માર્ચ', 'மார்ச்'],
  ['apr', 'april', 'अप्रैल', 'एप्रिल', 'એપ્રિલ', 'ஏப்ரல்'],
  ['may', 'mai', 'मई', 'मे', 'મે', 'மே'],
  ['jun', 'june', 'जून', 'જૂન', 'ஜூன்'],
  ['jul', 'july', 'जुलाई', 'जुलै', 'જુલાઈ', 'ஜூலை'],
  ['aug', 'august', 'अगस्त', 'ऑगस्ट', 'ઓગસ્ટ', 'ஆகஸ்ட்'],
  ['sep', 'sept', 'september', 'सितंबर', 'सप्टेंबर', 'સપ્ટેમ્બર', 'செப்டம்பர்'],
  ['oct', 'october', 'अक्टूबर', 'ऑक्टोबर', 'ઓક્ટોબર', 'அக்டோபர்'],
  ['nov', 'november', 'नवंबर', 'नोव्हेंबर', 'નવેમ્બર', 'நவம்பர்'],
  ['dec', 'december', 'दिसंबर', 'डिसेंबर', 'ડિસેમ્બર', 'டிசம்பர்'],
]

const MONTH_OF = new Map(MONTHS.flatMap((names, month) => names.map((name) => [name, month + 1] as const)))

/** A calendar day as the number of days since 1970-01-01; no time zone is involved. */
const dayNumber = (year: number, month: number, day: number): number =>
  Math.floor(Date.UTC(year, month - 1, day) / 86_400_000)

/** `YYYY-MM-DD` as a day number. */
export const parseDay = (day: string): number => {
  const [year = 1970, month = 1, date = 1] = day.split('-').map(Number)
  return dayNumber(year, month, date)
}

/** The day `months` calendar months before; a day that the month does not have becomes its last. */
export const monthsBefore = (day: string, months: number): number => {
  const [year = 1970, month = 1, date = 1] = day.split('-').map(Number)
  const target = year * 12 + (month - 1) - months
  const lastOfMonth = new Date(Date.UTC(Math.floor(target / 12), (target % 12) + 1, 0)).getUTCDate()
  return dayNumber(Math.floor(target / 12), (target % 12) + 1, Math.min(date, lastOfMonth))
}

const fullDate = (reading: Reading, index: number, publicationDate: string): number | null => {
  const token = reading.tokens[index]
  if (token === undefined) return null
  const month = MONTH_OF.get(token.form)
  const dayAt = (at: number) => {
    const value = reading.tokens[at]?.value
    return value != null && Number.isInteger(value) && value >= 1 && value <= 31 ? value : null
  }
  if (month === undefined) return null
  const before =
    dayAt(index - 1) ?? (/^(st|nd|rd|th)$/.test(reading.tokens[index - 1]?.form ?? '') ? dayAt(index - 2) : null)
  const day = before ?? dayAt(index + 1)
  if (day === null) return null
  const yearToken = reading.tokens[before === null ? index + 2 : index + 1]?.value
  const published = parseDay(publicationDate)
  if (yearToken != null && yearToken >= 1990 && yearToken <= 2100) return dayNumber(yearToken, month, day)
  const year = Number(publicationDate.slice(0, 4))
  const thisYear = dayNumber(year, month, day)
  return thisYear <= published ? thisYear : dayNumber(year - 1, month, day)
}

/** Days named in the text, as day numbers. A day without a year is the latest such day up to publication. */
export const datesIn = (reading: Reading, publicationDate: string): { index: number; day: number }[] => {
  const dates: { index: number; day: number }[] = []
  reading.tokens.forEach((token, index) => {
    const numeric = /^(\d{1,2})[.](\d{1,2})[.](\d{4})$/.exec(token.form)
    const day =
      numeric === null
        ? fullDate(reading, index, publicationDate)
        : dayNumber(Number(numeric[3]), Number(numeric[2]), Number(numeric[1]))
    if (day !== null) dates.push({ index, day })
  })
  return dates
}
