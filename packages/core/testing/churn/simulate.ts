import { HORIZON_WEEKS, type Observation } from '../../src/analytics/rules/churn-features.ts'
import type { ChurnExample } from '../../src/analytics/rules/churn-model.ts'
import { createRandom, type Random } from './random.ts'

/** What a simulated world is like; the defaults are our guess of one, and the back-test also uses others. */
export interface World {
  seed: number
  firms: number
  weeks: number
  /** The weekly log-odds that a contented firm decides to leave. */
  leaving: number
  /** How much a point of content lowers them. */
  content: number
  /** How much of what a firm does follows from its content; 0: nothing can be seen beforehand. */
  visible: number
}

export const GUESS: World = { seed: 1, firms: 800, weeks: 104, leaving: -5.4, content: 2, visible: 1 }

/** What happened to a firm in a week. */
interface Week {
  texts: number
  sentBack: number
  messages: number
  failed: number
  signIns: number
  lateReviews: number
  grievances: number
  downgraded: boolean
  chargeFailing: boolean
  /** Weeks until what is paid for ends. */
  paidWeeks: number
  yearly: boolean
}

/** Weeks in which India is on holiday: Diwali and the turn of the year. */
const HOLIDAYS = new Set([44, 45, 52, 1])
const YEARLY = 0.2
const SETTLED_WEEKS = 13

/**
 * Histories of firms, week by week: how content a firm is moves by itself and with what it meets here (texts sent back,
 * late reviews, messages that fail, grievances); it shows in what the firm does, late and blurred by holidays and pauses
 * that mean nothing. The less content, the likelier it decides to leave, and goes with the end of what it has paid for.
 * Others go because a charge fails and is not made good. Nobody sees the content: the model gets counts, as it does from
 * the database.
 */
export function simulate(world: World): ChurnExample[] {
  const random = createRandom(world.seed)
  return Array.from({ length: world.firms }, (_, firm) => examplesOf(world, random, String(firm))).flat()
}

function examplesOf(world: World, random: Random, firm: string): ChurnExample[] {
  const joined = Math.floor(random.uniform() * world.weeks * 1.5 - world.weeks / 2)
  const weeks = liveThrough(world, random, joined)
  const examples: ChurnExample[] = []
  for (let age = SETTLED_WEEKS; age < weeks.length; age++) {
    const week = joined + age
    if (week < 0 || week + HORIZON_WEEKS > world.weeks) continue
    examples.push({ firm, week, observation: observationAt(weeks, age), churned: weeks.length <= age + HORIZON_WEEKS })
  }
  return examples
}

/** The weeks in which a firm pays; it is gone after the last, or still there when the world ends. */
function liveThrough(world: World, random: Random, joined: number): Week[] {
  const period = random.chance(YEARLY) ? 52 : 4
  const kept = 0.8 + random.normal() * 0.9
  const pace = Math.exp(0.4 + random.normal() * 0.7)
  const reach = Math.exp(3.4 + random.normal() * 0.9)
  const careless = 0.05 + 0.2 * random.uniform()
  let content = kept
  let shown = 1
  let away = 0
  let leaving = false
  let failing = 0
  const weeks: Week[] = []
  for (let week = joined; week <= world.weeks; week++) {
    const age = weeks.length
    away = away > 0 ? away - 1 : random.chance(0.015) ? 2 + Math.floor(random.uniform() * 3) : 0
    const holiday = HOLIDAYS.has((((week + 46) % 52) + 52) % 52)
    const wish = Math.exp(world.visible * Math.min(0.3, content)) * (leaving ? 0.45 : 1)
    shown = 0.6 * shown + 0.4 * wish
    const active = away > 0 ? 0 : shown * (holiday ? 0.4 : 1)
    const texts = random.poisson(pace * active)
    const sentBack = random.binomial(texts, careless)
    const messages = random.poisson(texts * reach)
    const failed = random.binomial(messages, random.chance(0.04) ? 0.25 : 0.02)
    const lateReviews = random.binomial(texts, 0.03)
    const grievances = random.chance(0.006 * Math.exp(-content)) ? 1 : 0
    const downgraded = random.chance(content < 0 ? 0.008 : 0.001)
    const paidWeeks = period - (age % period)
    weeks.push({
      texts,
      sentBack,
      messages,
      failed,
      signIns: random.poisson((0.7 + pace) * active),
      lateReviews,
      grievances,
      downgraded,
      chargeFailing: failing > 0,
      paidWeeks,
      yearly: period === 52,
    })
    const met = 0.15 * sentBack + 0.3 * lateReviews + 0.8 * grievances + (failed > 0.15 * messages ? 0.3 : 0)
    content += 0.04 * (kept - content) + 0.2 * random.normal() - 0.5 * met
    leaving ||= random.chance(1 / (1 + Math.exp(-(world.leaving - world.content * content + (age < 12 ? 0.5 : 0)))))
    if (failing > 0 && --failing === 0 && random.chance(0.4)) return weeks
    if (paidWeeks > 1 || age === 0) continue
    if (leaving) return weeks
    if (random.chance(0.025)) failing = 2
  }
  return weeks
}

const sum = (weeks: readonly Week[], of: (week: Week) => number) => weeks.reduce((total, week) => total + of(week), 0)

/** What the database would tell at the end of a week; four weeks stand for 30 days, eight for the 60 before, thirteen for 90. */
function observationAt(weeks: readonly Week[], age: number): Observation {
  const recent = weeks.slice(Math.max(0, age - 3), age + 1)
  const before = weeks.slice(Math.max(0, age - 11), Math.max(0, age - 3))
  const quarter = weeks.slice(Math.max(0, age - 12), age + 1)
  const lastSignIn = weeks.slice(0, age + 1).findLastIndex(({ signIns }) => signIns > 0)
  const now = weeks[age] as Week
  return {
    textsRecent: sum(recent, ({ texts }) => texts),
    textsBefore: sum(before, ({ texts }) => texts),
    sentBackRecent: sum(recent, ({ sentBack }) => sentBack),
    messagesRecent: sum(recent, ({ messages, failed }) => messages - failed),
    messagesBefore: sum(before, ({ messages, failed }) => messages - failed),
    failedRecent: sum(recent, ({ failed }) => failed),
    daysSinceSignIn: lastSignIn < 0 ? 90 : Math.min(90, (age - lastSignIn) * 7 + 2),
    lateReviews: sum(quarter, ({ lateReviews }) => lateReviews),
    grievances: sum(quarter, ({ grievances }) => grievances),
    chargeFailing: now.chargeFailing,
    downgraded: quarter.some(({ downgraded }) => downgraded),
    daysPaid: (now.paidWeeks - 1) * 7,
    yearly: now.yearly,
    tenureDays: age * 7,
  }
}
