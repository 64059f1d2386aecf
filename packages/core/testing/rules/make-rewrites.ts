/**
 * Rewrites of a message as somebody makes them who wants to send what was refused. Made without random numbers and without
 * the lexicon of the engine: synonyms and Hinglish words stand in tables of their own, so that what is measured is not what
 * is put in.
 */

/** Words that say the same, each row one meaning. */
const SYNONYMS = `
guaranteed assured certain|guarantee assurance|returns gains earnings|return gain|profit gain earnings|double twofold
money funds cash|invest put|investment placement|investors savers people|investor saver|buy purchase|sell offload
safe secure riskless|risk danger|free complimentary|best finest topmost|top leading|fast quick rapid|today now
join enter|call phone ring|message text write|clients customers|client customer|big large huge|small little tiny
help assist|start begin commence|earn make|every each|month thirty-days|year twelve-months|monthly every-month
yearly annually|daily each-day|sure certain confident|wealth riches|plan scheme|offer deal|limited restricted
hurry rush|miss skip|chance opportunity|tip hint pointer|stock share scrip|stocks shares scrips|market bourse
fund scheme|bank lender|tax levy|save spare|advice guidance counsel|adviser consultant|expert specialist
proven tested|always invariably|never not-ever|loss drawdown|losses drawdowns|growth rise|grow rise|high lofty
low modest|pay give|receive get|amount sum|week seven-days|secret hidden|approved cleared|recommend suggest
portfolio basket|target goal|price rate|premium instalment|policy cover|insurance protection|family household
children kids|retirement old-age|income earnings|beat outdo|performance showing|history record|last previous
switch shift|commission cut|refund repayment|gift present|reward prize|refer introduce|friend pal|friends pals`

/** English words as a Hinglish writer would say them. */
const HINGLISH = `guaranteed pakka|returns munafa|return munafa|profit fayda|money paisa|double dugna|safe surakshit
risk jokhim|invest nivesh|investment nivesh|investors niveshak|buy kharido|sell becho|free muft|best sabse-achha|today aaj
month mahina|year saal|monthly har-mahine|every har|our hamara|your aapka|you aap|we hum|with ke-saath|without bina
in mein|and aur|is hai|are hain|now abhi|only sirf|more zyada|less kam|good achha|big bada|family parivar|children bachche
future bhavishya|help madad|start shuru|earn kamao|loss nuksan|losses nuksan|never kabhi-nahi|always hamesha|no nahi
from se|for ke-liye|to ko|of ka|this yeh|that woh|stock share|tax kar|save bachao|clients grahak|call phone-karo|join judo`

const rows = (table: string): string[][] =>
  table
    .trim()
    .split(/[|\n]/)
    .map((row) =>
      row
        .trim()
        .split(/\s+/)
        .map((word) => word.replaceAll('-', ' ')),
    )

const SYNONYM = new Map(
  rows(SYNONYMS).flatMap((row) => row.map((word, at): [string, string] => [word, row[(at + 1) % row.length] ?? word])),
)
const IN_HINGLISH = new Map(
  rows(HINGLISH).map(([english = '', hinglish = '']): [string, string] => [english, hinglish]),
)

const LATIN_WORD = /[A-Za-z]+/g

const likeCase = (word: string, by: string): string =>
  /^[A-Z]/.test(word) ? by.charAt(0).toUpperCase() + by.slice(1) : by

const swap = (text: string, table: ReadonlyMap<string, string>): string =>
  text.replace(LATIN_WORD, (word) => likeCase(word, table.get(word.toLowerCase()) ?? word))

const LEET: Readonly<Record<string, string>> = { a: '4', e: '3', i: '1', o: '0', s: '5' }
const ALIKE: Readonly<Record<string, string>> = { a: 'а', e: 'е', o: 'о', c: 'с', p: 'р' }

/** Each n-th word of four letters or more. */
const someWords = (text: string, every: number, change: (word: string) => string): string => {
  let count = 0
  return text.replace(/\p{L}[\p{L}\p{M}]{3,}/gu, (word) => (count++ % every === 0 ? change(word) : word))
}

const spread = (text: string, table: Readonly<Record<string, string>>): string =>
  someWords(text, 2, (word) => [...word].map((char, at) => (at > 0 ? (table[char] ?? char) : char)).join(''))

const hide = (text: string): string =>
  someWords(text, 2, (word) => {
    const chars = [...word]
    return `${chars.slice(0, 2).join('')}\u200b${chars.slice(2).join('')}`
  })

const ONES = 'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen'.split(' ')

const spellNumbers = (text: string): string =>
  text
    .replace(/(?<![\d.,:₹])\d{1,2}(?![\d.,:])/g, (digits) => ONES[Number(digits)] ?? digits)
    .replaceAll('%', ' percent')
    .replaceAll('₹', 'Rs ')

const sentencesOf = (text: string): string[] => text.split(/(?<=[.!?।])\s+|\n+/).filter((part) => part.trim() !== '')

/** The sentences from the last to the first, and in each the half after its middle comma or space before the other. */
const reorder = (text: string): string =>
  sentencesOf(text)
    .reverse()
    .map((sentence) => {
      const words = sentence.split(' ')
      const middle = Math.floor(words.length / 2)
      return words.length < 6 ? sentence : [...words.slice(middle), ...words.slice(0, middle)].join(' ')
    })
    .join(' ')

const pad = (text: string): string =>
  `Good morning dear friends, hope the week has begun well for everyone at home. ${text} Thank you for reading, and have a lovely day ahead with your loved ones.`

const DEVANAGARI: Readonly<Record<string, string>> = Object.fromEntries(
  `क k ख kh ग g घ gh च ch छ chh ज j झ jh ट t ठ th ड d ढ dh ण n त t थ th द d ध dh न n प p फ f ब b भ bh म m य y र r ल l व v श sh ष sh स s ह h
अ a आ aa इ i ई ee उ u ऊ oo ए e ऐ ai ओ o औ au ा aa ि i ी ee ु u ू oo े e ै ai ो o ौ au ं n ँ n ळ l`
    .split(/\s+/)
    .reduce<[string, string][]>((pairs, part, at, all) => {
      if (at % 2 === 0) pairs.push([part, all[at + 1] ?? ''])
      return pairs
    }, []),
)
const CONSONANT = /[क-ह]/
const SIGN = /[\u093e-\u094d]/

/** Hindi in Latin letters, as people type it. */
const inLatin = (text: string): string =>
  text.replace(/[\u0900-\u0963]+/g, (word) => {
    const chars = [...word]
    return chars
      .map((char, at) => {
        const next = chars[at + 1] ?? ''
        const open = CONSONANT.test(char) && next !== '' && !SIGN.test(next)
        return (DEVANAGARI[char] ?? '') + (open ? 'a' : '')
      })
      .join('')
  })

/** As somebody shortens it: every fourth word is gone. */
const shorten = (text: string): string =>
  text
    .split(' ')
    .filter((_, at) => at % 4 !== 3)
    .join(' ')

const toHinglish = (text: string): string => inLatin(swap(text, IN_HINGLISH))
const toSynonyms = (text: string): string => swap(text, SYNONYM)

/** Every kind of rewrite, by the name under which it stands in the tables. */
export const REWRITES: Readonly<Record<string, (text: string) => string>> = {
  synonyms: toSynonyms,
  'digits in words': (text) => spread(text, LEET),
  'look-alike letters': (text) => spread(text, ALIKE),
  'zero-width characters': hide,
  'numbers as words': spellNumbers,
  Hinglish: toHinglish,
  're-ordered': reorder,
  'framed by other sentences': pad,
  'every fourth word left out': shorten,
  'synonyms, re-ordered': (text) => reorder(toSynonyms(text)),
  'synonyms, Hinglish, every fourth word left out': (text) => shorten(toHinglish(toSynonyms(text))),
  'synonyms, numbers, zero-width, framed': (text) => pad(hide(spellNumbers(toSynonyms(text)))),
  'Hinglish, re-ordered, digits in words': (text) => spread(reorder(toHinglish(text)), LEET),
}
