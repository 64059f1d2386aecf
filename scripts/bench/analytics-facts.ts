import { IST_OFFSET_MS } from '@pramaan/shared'
import type pg from 'pg'

const DAY_MS = 86_400_000
const MONTHS = 24
const CHUNK = 1 << 18
/** Facts that one message has, on average, by the shares below. */
const FACTS_A_MESSAGE = 3.42
const TOPICS = ['SIP', 'Budget', 'Insurance', 'Tax', 'Retirement', 'Markets']
const LANGUAGES = ['en', 'hi', 'mr', 'gu', 'ta']

/** A firm of the benchmark, its texts, and how many facts it is to have. */
export interface BenchFirm {
  advisorId: string
  facts: number
}

export interface FilledFacts {
  facts: number
  seconds: { copy: number; indexes: number }
}

/** Numbers between 0 and 1, the same in each run (Park and Miller, Communications of the ACM 31, 1988, 1192). */
function randomNumbers(): () => number {
  let state = 20_261_125
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/**
 * Fills `analytics_events` with two years of campaigns by COPY, and makes its indexes afterwards. Each firm gets twelve
 * texts, campaigns of sixty messages on average, and all the facts of both.
 */
export async function fillFacts(
  admin: pg.Client,
  firms: readonly BenchFirm[],
  progress: (text: string) => void,
): Promise<FilledFacts> {
  const until = new Date()
  await makeMonths(admin, until)
  await fillTexts(admin, firms)
  const indexes = await dropIndexes(admin)
  const began = performance.now()
  await admin.query('set synchronous_commit = off')
  await admin.query(`set maintenance_work_mem = '512MB'`)
  const facts = await copyIn(
    admin,
    `copy analytics_events (advisor_id, object_id, kind, rule, occurred_at, day, hour, content_id, campaign_id, message_id,
       language, template, family, value) from stdin`,
    linesOf(firms, until.getTime(), progress),
  )
  const copied = performance.now()
  progress('making the indexes of the facts')
  for (const statement of indexes) await admin.query(statement)
  await admin.query('vacuum analyze analytics_events')
  return { facts, seconds: { copy: (copied - began) / 1000, indexes: (performance.now() - copied) / 1000 } }
}

/** The months behind us, which `ensure_month_partitions` has no need to make in life. */
async function makeMonths(admin: pg.Client, until: Date): Promise<void> {
  for (let back = 2; back <= MONTHS; back++) {
    const month = new Date(Date.UTC(until.getUTCFullYear(), until.getUTCMonth() - back, 1))
    const next = new Date(Date.UTC(until.getUTCFullYear(), until.getUTCMonth() - back + 1, 1))
    const name = `analytics_events_${month.toISOString().slice(0, 7).replace('-', '_')}`
    await admin.query(
      `create table ${name} partition of analytics_events for values from ('${month.toISOString()}') to ('${next.toISOString()}')`,
    )
  }
}

const TEXTS = 12

/** As hexadecimal digits, so many of them. */
const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0').slice(-digits)
const contentOf = (firm: number, text: number) => `${hex(text, 8)}-0000-7000-8000-${hex(firm, 12)}`

async function fillTexts(admin: pg.Client, firms: readonly BenchFirm[]): Promise<void> {
  await admin.query(`set session_replication_role = 'replica'`)
  const numbers = firms.flatMap((_, firm) => Array.from({ length: TEXTS }, (_text, text) => ({ firm, text })))
  await admin.query(
    `insert into contents (advisor_id, id, status, topic, version_id, version_number, excerpt, created_by, updated_at)
     select advisor, id, 'approved', topic, id, 1, 'A text about ' || topic, advisor, now()
     from unnest($1::uuid[], $2::uuid[], $3::text[]) as t (advisor, id, topic)`,
    [
      numbers.map(({ firm }) => firms[firm]?.advisorId),
      numbers.map(({ firm, text }) => contentOf(firm, text)),
      numbers.map(({ text }) => TOPICS[text % TOPICS.length]),
    ],
  )
  await admin.query(`set session_replication_role = 'origin'`)
}

/** @returns the statements that make them again */
async function dropIndexes(admin: pg.Client): Promise<string[]> {
  const { rows: keys } = await admin.query<{ name: string; definition: string }>(
    `select conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
     where conrelid = 'analytics_events'::regclass and contype = 'p'`,
  )
  const { rows: others } = await admin.query<{ name: string; definition: string }>(
    `select indexname as name, indexdef as definition from pg_indexes
     where tablename = 'analytics_events' and indexname <> all ($1)`,
    [keys.map(({ name }) => name)],
  )
  for (const { name } of keys) await admin.query(`alter table analytics_events drop constraint ${name}`)
  for (const { name } of others) await admin.query(`drop index ${name}`)
  const made = keys.map(({ name, definition }) => `alter table analytics_events add constraint ${name} ${definition}`)
  return [...made, ...others.map(({ definition }) => definition.replace(' ON ONLY ', ' ON '))]
}

/** All facts as lines of COPY's text format, in pieces. */
function* linesOf(firms: readonly BenchFirm[], until: number, progress: (text: string) => void): Generator<string> {
  const random = randomNumbers()
  let piece = ''
  for (const [firm, { advisorId, facts }] of firms.entries()) {
    if (firm % (firms.length / 20) === 0) progress(`facts of ${firm} of ${firms.length} firms copied`)
    for (let made = 0, campaign = 0; made < facts; campaign++) {
      const wanted = Math.min(20 + Math.floor(random() * 80), Math.ceil((facts - made) / FACTS_A_MESSAGE))
      const campaignId = `${hex(campaign, 8)}-0001-7000-8000-${hex(firm, 12)}`
      const text = Math.floor(random() * TEXTS)
      const at = until - Math.floor((0.01 + 0.98 * random()) * (MONTHS - 1) * 30 * DAY_MS)
      const lines = [
        ...textLines({ advisorId, contentId: contentOf(firm, text), id: campaignId, at, random }),
        ...messageLines({ advisorId, firm, campaign, campaignId, text, messages: wanted, at, random }),
      ]
      made += lines.length
      piece += `${lines.join('\n')}\n`
      if (piece.length > CHUNK) {
        yield piece
        piece = ''
      }
    }
  }
  yield piece
}

/** Day and hour in India, as they stand in a line. */
const countedAt = (at: number) => {
  const text = new Date(at + IST_OFFSET_MS).toISOString()
  return `${text.slice(0, 10)}\t${Number(text.slice(11, 13))}`
}

type Texts = { advisorId: string; contentId: string; id: string; at: number; random: () => number }

/** The check of a text a day before it is sent, now and then a finding, and sometimes an officer who sets that aside. */
function textLines({ advisorId, contentId, id, at, random }: Texts): string[] {
  const checkedAt = at - DAY_MS
  const line = (kind: string, rule: string, family: string, value: number | '\\N') =>
    `${advisorId}\t${id}\ttext.${kind}\t${rule}\t${new Date(checkedAt).toISOString()}\t${countedAt(checkedAt)}\t${contentId}\t\\N\t\\N\ten\t\\N\t${family}\t${value}`
  const isClean = random() < 0.8
  const rule = `RULE-${Math.floor(random() * 30)}`
  const found = isClean ? [] : [line('found', rule, 'returns', '\\N')]
  const setAside = isClean || random() < 0.9 ? [] : [line('set_aside', rule, 'returns', 1)]
  const seconds = Math.floor(random() * 20_000)
  const end = random() < 0.9 ? line('approved', '', '\\N', seconds) : line('sent_back', '', '\\N', '\\N')
  const clean = isClean ? [line('clean', '', '\\N', '\\N')] : []
  return [line('judged', '', '\\N', isClean ? 5 : 60), ...clean, ...found, ...setAside, end]
}

interface Messages {
  advisorId: string
  firm: number
  campaign: number
  campaignId: string
  text: number
  messages: number
  at: number
  random: () => number
}

function messageLines({ advisorId, firm, campaign, campaignId, text, messages, at, random }: Messages): string[] {
  const cell = countedAt(at)
  const about = `${contentOf(firm, text)}\t${campaignId}`
  const language = LANGUAGES[text % LANGUAGES.length]
  const readShare = 0.3 + random() * 0.4
  const lines: string[] = []
  for (let message = 0; message < messages; message++) {
    const id = `${hex(campaign, 8)}-${hex(message, 4)}-7000-8001-${hex(firm, 12)}`
    const add = (kind: string, minutes: number, value: number | '\\N' = '\\N') =>
      lines.push(
        `${advisorId}\t${id}\tmessage.${kind}\t\t${new Date(at + minutes * 60_000).toISOString()}\t${cell}\t${about}\t${id}\t${language}\tpramaan_message\t\\N\t${value}`,
      )
    if (random() < 0.03) {
      add('failed', 1)
      continue
    }
    add('sent', 0)
    if (random() < 0.97) {
      add('delivered', 1)
      add('priced', 1, 86_310)
      if (random() < readShare) add('read', Math.floor(random() * 1_440))
      if (random() < 0.02) add('replied', Math.floor(random() * 1_440))
      if (random() < 0.003) add('opted_out', Math.floor(random() * 1_440))
    }
  }
  return lines
}

/** What `pg` has for COPY, which its types leave out. */
interface CopyConnection {
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  stream: NodeJS.WritableStream & { writableNeedDrain: boolean }
}

/** Sends text to a COPY as fast as the server takes it. @returns how many rows it took */
function copyIn(client: pg.Client, text: string, pieces: Iterable<string>): Promise<number> {
  return new Promise((resolve, reject) => {
    let rows = 0
    const send = async (connection: CopyConnection) => {
      for (const piece of pieces) {
        connection.sendCopyFromChunk(Buffer.from(piece))
        if (connection.stream.writableNeedDrain)
          await new Promise((drained) => connection.stream.once('drain', drained))
      }
      connection.endCopyFrom()
    }
    const copy = {
      submit: (connection: CopyConnection) => connection.query(text),
      handleCopyInResponse: (connection: CopyConnection) => void send(connection).catch(reject),
      handleCommandComplete: (message: { text: string }) => {
        rows = Number(message.text.split(' ')[1])
      },
      handleReadyForQuery: () => resolve(rows),
      handleError: reject,
    }
    client.query(copy as unknown as pg.Submittable)
  })
}
