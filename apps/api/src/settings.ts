import type { BlockList } from 'node:net'

/** What the HTTP side needs to know; cut out of the environment by `main.ts`, given by hand in tests. */
export interface HttpSettings {
  /** Where people reach this installation, without a trailing slash. */
  readonly publicUrl: string
  readonly corsOrigins: readonly string[]
  readonly trustedProxies: BlockList
  readonly compression: boolean
  readonly metricsToken: string | null
  /** Development defaults: `/dev` pages, same-host origins, session cookie without TLS. */
  readonly embedded: boolean
  readonly dataDir: string
  readonly migrationsDir: string
  readonly version: string
}
