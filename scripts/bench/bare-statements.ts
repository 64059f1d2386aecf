import type { Statement } from './bare-database.ts'

/** The statements of the bare program; what they read and write is what the product reads and writes. */

export const STANDING: Statement = {
  name: 'standing',
  text: `select u.status, u.role, u.credential_version, m.role, m.advisor_id, a.tier
    from users u left join members m on m.user_id = u.id left join advisors a on a.id = m.advisor_id
    where u.id = $1`,
}

/** A fixed window is enough here: what is compared is the cost of a lease. */
export const TAKE_TOKENS: Statement = {
  name: 'take_tokens',
  text: `insert into rate_windows as t (key, window_start, used, previous_used, granted) values ($1, $2, $3, 0, $3)
    on conflict (key) do update set window_start = $2,
      used = case when t.window_start = $2 then t.used + $3 else $3 end,
      granted = case when t.window_start = $2 and t.used + $3 > $4 then 0 else $3 end
    returning granted`,
}

export const PROFILE: Statement = {
  name: 'profile',
  text: `select a.display_name, a.status, a.tier, a.created_at, u.email, u.full_name, u.role, u.last_sign_in_at, m.role,
      s.score, (select coalesce(json_agg(json_build_object('id', l.id, 'type', l.type, 'number', l.number,
        'state', l.state, 'validUntil', l.valid_until) order by l.id), '[]') from licences l where l.advisor_id = a.id)
    from members m join advisors a on a.id = m.advisor_id join users u on u.id = m.user_id
      left join compliance_standings s on s.advisor_id = m.advisor_id
    where m.advisor_id = $1 and m.user_id = $2`,
}

export const PAGE: Statement = {
  name: 'page',
  text: `select id, version_id, version_number, status, topic, external_id, excerpt, created_at, updated_at
    from contents where advisor_id = $1 and id < $2 order by id desc limit $3`,
}

export const INSERT_TEXT: Statement = {
  name: 'insert_text',
  text: `with content as (
      insert into contents (advisor_id, id, status, topic, version_id, version_number, excerpt, created_by,
        created_at, updated_at)
      values ($1::uuid, $2::uuid, 'checking', $4, $3, 1, $5, $6, $7, $7)
    ), version as (
      insert into content_versions (advisor_id, id, content_id, number, text, channel, audience, language, hash,
        created_by, created_at)
      values ($1::uuid, $3, $2::uuid, 1, $8, $9, $10, $11, $12, $6, $7)
    ), audit as (
      insert into audit_entries (advisor_id, actor_id, action, object_type, object_id, body)
      values ($1::uuid, $6, 'content.created', 'content', $2::uuid::text, $13::jsonb),
        ($1::uuid, $6, 'content.submitted', 'content', $2::uuid::text, $14::jsonb)
    )
    insert into outbox (queue, payload, group_id) values ('compliance.run-stage', $15, $1::uuid::text)`,
}

export const INSERT_EVENT: Statement = {
  name: 'insert_event',
  text: `with stored as (
      insert into webhook_events (id, source, external_id, body, received_at) values ($1, 'razorpay', $2, $3, $4)
      on conflict do nothing returning id
    )
    insert into outbox (queue, payload) select 'billing.apply-event', $5::jsonb from stored`,
}

export const WAKE_UP: Statement = { name: 'wake_up', text: `select pg_notify('outbox', '')` }
