/**
 * Words that end marketing messages when they are the whole message (whatsapp.md section 12), folded as `fold` does.
 *
 * In each language: the bare imperatives of stopping and closing, plain and polite, and "send no messages". Words that
 * also mean something harmless when they stand alone (Hindi "bas", "enough", "only"; Tamil "podhum", "it suffices") are
 * left out: by hand or by the button they count, and a person of the firm reads the rest.
 */
const STOP_WORDS: Readonly<Record<string, readonly string[]>> = {
  english: [
    'stop',
    'stop all',
    'stop promotions',
    'stop messages',
    'unsubscribe',
    'unsubscribe all',
    'cancel',
    'opt out',
    'optout',
    'remove me',
    'do not message me',
    'don t message me',
  ],
  hindi: [
    'बंद करो',
    'बंद करें',
    'बंद करे',
    'बन्द करो',
    'बन्द करें',
    'बंद कीजिए',
    'रोको',
    'रोकें',
    'रोकिए',
    'संदेश मत भेजो',
    'संदेश मत भेजें',
  ],
  hindiInLatin: [
    'band karo',
    'band kare',
    'band karen',
    'band kar do',
    'band kijiye',
    'roko',
    'message mat bhejo',
    'msg mat bhejo',
  ],
  marathi: ['बंद करा', 'थांबा', 'थांबवा', 'संदेश पाठवू नका', 'मेसेज पाठवू नका'],
  marathiInLatin: ['band kara', 'thamba', 'thambva', 'message pathavu naka'],
  gujarati: ['બંધ કરો', 'બંધ કરો જી', 'રોકો', 'અટકાવો', 'મેસેજ ન મોકલો', 'સંદેશ ન મોકલો'],
  gujaratiInLatin: ['bandh karo', 'roko', 'message na moklo'],
  bengali: ['বন্ধ করুন', 'বন্ধ করো', 'বন্ধ কর', 'থামুন', 'থামাও', 'মেসেজ পাঠাবেন না', 'বার্তা পাঠাবেন না'],
  bengaliInLatin: ['bondho koro', 'bondho korun', 'message pathaben na'],
  punjabi: ['ਬੰਦ ਕਰੋ', 'ਰੋਕੋ', 'ਮੈਸੇਜ ਨਾ ਭੇਜੋ'],
  tamil: ['நிறுத்து', 'நிறுத்தவும்', 'நிறுத்துங்கள்', 'செய்தி அனுப்ப வேண்டாம்', 'மெசேஜ் அனுப்ப வேண்டாம்'],
  tamilInLatin: ['niruthu', 'niruthavum', 'niruthungal', 'message anuppa vendam'],
  telugu: ['ఆపు', 'ఆపండి', 'ఆపేయండి', 'నిలిపివేయండి', 'మెసేజ్ పంపవద్దు', 'సందేశాలు పంపవద్దు'],
  teluguInLatin: ['aapandi', 'aapeyandi', 'message pampavaddu'],
  kannada: ['ನಿಲ್ಲಿಸಿ', 'ನಿಲ್ಲಿಸು', 'ಬಂದ್ ಮಾಡಿ', 'ಸಂದೇಶ ಕಳುಹಿಸಬೇಡಿ', 'ಮೆಸೇಜ್ ಕಳುಹಿಸಬೇಡಿ'],
  kannadaInLatin: ['nillisi', 'band madi', 'message kaluhisabedi'],
  malayalam: ['നിർത്തുക', 'നിർത്തൂ', 'നിര്‍ത്തുക', 'സന്ദേശം അയക്കരുത്', 'മെസേജ് അയക്കരുത്'],
  malayalamInLatin: ['nirthuka', 'message ayakkaruthu'],
  odia: ['ବନ୍ଦ କରନ୍ତୁ', 'ବନ୍ଦ କର', 'ମେସେଜ ପଠାନ୍ତୁ ନାହିଁ'],
  urdu: ['بند کرو', 'بند کریں', 'روکو'],
}

/** Joiners and marks of direction, which keyboards put in and people do not see. */
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060\ufeff]|\ufe0e|\ufe0f/gu

/**
 * NFKC, lower case, without what cannot be seen, punctuation and symbols (emoji and the danda among them) as spaces, a
 * "please" around it taken off, white space folded and trimmed.
 */
const fold = (text: string) =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(INVISIBLE, '')
    .replace(/[\p{P}\p{S}\s]+/gu, ' ')
    .trim()
    .replace(/^(?:please|pls|plz|कृपया|कृपा करके|દયા કરીને|কৃপা করে|দয়া করে|தயவுசெய்து|దయచేసి|ದಯವಿಟ್ಟು|ദയവായി) /u, '')
    .replace(/ (?:please|pls|plz)$/u, '')

const FOLDED: ReadonlySet<string> = new Set(Object.values(STOP_WORDS).flat().map(fold))

/** Whether a whole message, or what a button carries, means that no more messages are wanted. */
export const isStopWord = (text: string): boolean => FOLDED.has(fold(text))
