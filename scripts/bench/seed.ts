import { type Keys, loadKeys } from '@pramaan/core/platform/crypto'
import { CommonSettings, readSettings } from '@pramaan/core/platform/env'
import { newId } from '@pramaan/core/platform/ids'
import { createDb } from '@pramaan/db'
import pg from 'pg'

/** Enough of them that no firm comes near its 1,000 requests a minute, whatever the machine can do. */
const FIRMS = 2_000
/** Of these, the firms that have texts. The first of them is the heavy one. */
const AUTHORS = 200
const HEAVY_SHARE = 0.12
const CHUNK = 50_000

export interface Person {
  userId: string
  advisorId: string
}

export interface Seeded {
  people: Person[]
  authors: Person[]
  heavy: Person
}

type Say = (text: string) => void

/** Fills an empty database, or reads who is there in one that an earlier run has filled. */
export async function seed(adminUrl: string, env: Record<string, string>, rows: number, say: Say): Promise<Seeded> {
  const admin = new pg.Client({ connectionString: adminUrl, keepAlive: true })
  await admin.connect()
  try {
    let people = await readPeople(admin)
    if (people.length === 0) {
      await insertPeople(admin, adminUrl, env)
      people = await readPeople(admin)
      say(`${people.length} firms`)
      await insertContents(admin, rows, say)
      const began = Date.now()
      await admin.query('vacuum analyze')
      await admin.query('checkpoint')
      say(`vacuum, analyze, checkpoint: ${seconds(began)}`)
    }
    const authors = people.slice(0, AUTHORS)
    const [heavy] = authors
    if (!heavy) throw new Error('the database holds no firms')
    return { people, authors, heavy }
  } finally {
    await admin.end()
  }
}

const seconds = (began: number) => `${((Date.now() - began) / 1000).toFixed(1)} s`

async function readPeople(admin: pg.Client): Promise<Person[]> {
  const { rows } = await admin.query<Person>(
    'select user_id as "userId", advisor_id as "advisorId" from members order by user_id',
  )
  return rows
}

/** Firms on the Pro tier with one owner, a verified licence and a compliance score each; names encrypted as always. */
async function insertPeople(admin: pg.Client, adminUrl: string, env: Record<string, string>): Promise<void> {
  const settings = readSettings(CommonSettings, env, [])
  // The app may write no data key without an entry in the audit log, and none of this happened.
  const db = createDb({ url: adminUrl })
  try {
    const keys = await loadKeys(db, { keyring: settings.KEYRING, signingKey: settings.AUDIT_SIGNING_KEY.current })
    const people = await db.transaction((tx) =>
      Promise.all(Array.from({ length: FIRMS }, (_, index) => newPerson(keys, tx, index))),
    )
    const columns = (name: keyof (typeof people)[number]) => people.map((person) => person[name])
    await admin.query(
      `insert into advisors (id, display_name, tier)
       select id, 'Bench Advisory ' || left(id::text, 8), 'pro' from unnest($1::uuid[]) as t (id)`,
      [columns('advisorId')],
    )
    await admin.query(
      `insert into users (id, email_hash, email, full_name, password_hash, role, status, last_sign_in_at)
       select id, hash, email, name, '-', 'advisor', 'active', now()
       from unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[]) as t (id, hash, email, name)`,
      [columns('userId'), columns('emailHash'), columns('email'), columns('fullName')],
    )
    await admin.query(
      `insert into members (advisor_id, user_id, role)
       select advisor_id, user_id, 'owner' from unnest($1::uuid[], $2::uuid[]) as t (advisor_id, user_id)`,
      [columns('advisorId'), columns('userId')],
    )
    await admin.query(
      `insert into licences (advisor_id, id, type, number, state, valid_until)
       select id, gen_random_uuid(), 'MFD', 'ARN-' || n, 'verified', now() + interval '2 years'
       from unnest($1::uuid[]) with ordinality as t (id, n)`,
      [columns('advisorId')],
    )
    await admin.query(
      `insert into compliance_standings (advisor_id, score, verdict_count, updated_at)
       select id, 90, 12, now() from unnest($1::uuid[]) as t (id)`,
      [columns('advisorId')],
    )
  } finally {
    await db.close()
  }
}

async function newPerson(keys: Keys, tx: Parameters<Keys['createDataKey']>[0], index: number) {
  const userId = newId()
  const address = `owner-${index}@bench.pramaan.test`
  const key = await keys.createDataKey(tx, userId)
  const sealed = (column: string, text: string) => keys.seal(key, { table: 'users', column, rowId: userId }, text)
  return {
    userId,
    advisorId: newId(),
    emailHash: keys.lookupHash('email', address),
    email: sealed('email', address),
    fullName: sealed('full_name', `Asha Verma ${index}`),
  }
}

/**
 * Texts with one version each, in the order of their making: one every three seconds up to now, so that the rows of a
 * firm lie scattered as they do in life. Triggers and foreign keys, which hold by construction, are not run.
 */
async function insertContents(admin: pg.Client, rows: number, say: Say): Promise<void> {
  const began = Date.now()
  await admin.query(`set session_replication_role = 'replica'`)
  await admin.query('set synchronous_commit = off')
  const { rows: authors } = await admin.query<{ advisors: string[]; users: string[] }>(
    `select array_agg(advisor_id order by user_id) as advisors, array_agg(user_id order by user_id) as users
     from (select * from members order by user_id limit ${AUTHORS}) as first`,
  )
  for (let done = 0; done < rows; done += CHUNK) {
    const until = Math.min(rows, done + CHUNK)
    await admin.query(INSERT_CONTENTS, [done, until - 1, rows, HEAVY_SHARE, authors[0]?.advisors, authors[0]?.users])
    say(`${until.toLocaleString('en')} of ${rows.toLocaleString('en')} texts, ${seconds(began)}`)
  }
}

/** An id is a UUIDv7: 48 bits of time in ms, then what is random in life and a digest of the row's number here. */
const ID = (salt: string) => `(
  lpad(to_hex(extract(epoch from made_at)::bigint * 1000 + n % 1000), 12, '0') ||
  '7' || substr(md5('${salt}' || n), 1, 3) || '8' || substr(md5('${salt}' || n), 4, 15))::uuid`

const INSERT_CONTENTS = `
  with numbered as materialized (
    select n, date_trunc('second', now()) - ($3::bigint - n) * interval '3 seconds' as made_at,
      case when hashint8(n) & 1023 < $4::float8 * 1024 then 1 else 2 + (hashint8(n + 7) & 2147483647) % ${AUTHORS - 1} end as author
    from generate_series($1::bigint, $2::bigint) as n
  ), texts as materialized (
    select n, made_at, ($5::uuid[])[author] as advisor_id, ($6::uuid[])[author] as user_id,
      ${ID('content')} as content_id, ${ID('version')} as version_id,
      (array['approved', 'approved', 'published', 'draft', 'changes_required'])[1 + n % 5] as status,
      'Text ' || n || ': ' || repeat('A small sum every month, kept up for years, matters more than the right day. ', 6) as text
    from numbered
  ), written as (
    insert into contents (advisor_id, id, status, topic, version_id, version_number, excerpt, created_by, created_at, updated_at)
    select advisor_id, content_id, status, 'sip', version_id, 1, left(text, 160), user_id, made_at, made_at from texts
  )
  insert into content_versions (advisor_id, id, content_id, number, text, channel, audience, language, hash, created_by, created_at)
  select advisor_id, version_id, content_id, 1, text, 'whatsapp', 'clients', 'en', md5(text) || md5(text), user_id, made_at
  from texts`
