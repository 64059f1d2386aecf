/** Number words in English, Hindi, Hinglish, Marathi, Gujarati and Tamil, by value; matched by spelling key. */
const WORDS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries({
    0: 'zero shunya शून्य',
    1: 'one ek एक એક',
    2: 'two दो दोन બે',
    3: 'three तीन ત્રણ',
    4: 'four chaar चार ચાર',
    5: 'five paanch panch पांच पाच પાંચ',
    6: 'six chhe chhah छह छे सहा છ',
    7: 'seven saat सात સાત',
    8: 'eight aath आठ આઠ',
    9: 'nine nau नौ नऊ નવ',
    10: 'ten das दस दहा દસ பத்து',
    11: 'eleven gyarah ग्यारह अकरा',
    12: 'twelve barah baarah बारह बारा બાર',
    13: 'thirteen terah तेरह',
    14: 'fourteen chaudah चौदह चौदा',
    15: 'fifteen pandrah pandra pandhra पंद्रह पन्द्रह पंधरा પંદર',
    16: 'sixteen solah सोलह सोळा',
    17: 'seventeen satrah सत्रह',
    18: 'eighteen atharah अठारह अठरा અઢાર',
    19: 'nineteen unnis उन्नीस',
    20: 'twenty bees बीस वीस વીસ இருபது',
    21: 'ikkis इक्कीस',
    24: 'chaubis चौबीस',
    25: 'pachis pachchis पच्चीस पंचवीस',
    30: 'thirty tees तीस',
    36: 'chhattis छत्तीस',
    40: 'forty chalis चालीस',
    50: 'fifty pachas pachaas पचास पन्नास',
    60: 'sixty साठ',
    70: 'seventy sattar सत्तर',
    72: 'bahattar बहत्तर',
    80: 'eighty assi अस्सी',
    90: 'ninety nabbe नब्बे',
    95: 'panchanve पंचानवे पंचानबे',
    100: 'hundred sau सौ शंभर સો நூறு',
  }).flatMap(([value, words]) => words.split(' ').map((word) => [word, Number(value)])),
)

const MULTIPLIERS: Readonly<Record<string, number>> = {
  hundred: 100,
  thousand: 1e3,
  hazaar: 1e3,
  hazar: 1e3,
  hajar: 1e3,
  हज़ार: 1e3,
  हजार: 1e3,
  હજાર: 1e3,
  ஆயிரம்: 1e3,
  k: 1e3,
  lakh: 1e5,
  lakhs: 1e5,
  lac: 1e5,
  lacs: 1e5,
  lakhon: 1e5,
  लाख: 1e5,
  लाखों: 1e5,
  લાખ: 1e5,
  லட்சம்: 1e5,
  crore: 1e7,
  crores: 1e7,
  cr: 1e7,
  karod: 1e7,
  करोड़: 1e7,
  करोड: 1e7,
  कोटी: 1e7,
  કરોડ: 1e7,
  கோடி: 1e7,
  million: 1e6,
  billion: 1e9,
}

/** Folds away the nukta, which text may or may not carry. */
const plain = (word: string) => word.replace(/[\u093c\u0abc]/g, '')
const NUMBER_WORDS = new Map(Object.entries(WORDS).map(([word, value]) => [plain(word), value]))
const MULTIPLIER_WORDS = new Map(
  Object.entries(MULTIPLIERS).map(([word, value]) => [plain(word.normalize('NFKC')), value]),
)

/** The value of a number word, or `null`. `do` and `bar` are left to the caller: they are other words in other languages. */
export const numberWord = (form: string): number | null => NUMBER_WORDS.get(form) ?? null

/** The factor of `lakh`, `crore` and the like, or `null`. */
export const multiplierWord = (form: string): number | null => MULTIPLIER_WORDS.get(form) ?? null

/** The value of digits with Indian or Western grouping, `null` when it is none (`12.05.2026`, `9:15`). */
export const digitsValue = (form: string): number | null => {
  if (!/^\d[\d,]*(\.\d+)?$/.test(form)) return null
  const value = Number(form.replaceAll(',', ''))
  return Number.isFinite(value) ? value : null
}
