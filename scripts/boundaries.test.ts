import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { config, findViolations } from './boundaries.ts'

/** One file that breaks a rule. */
interface Plant {
  at: string
  code: string
}

const CORE = 'packages/core/src'
const leftToRight = ['audit', 'identity', 'billing', 'content', 'compliance', 'delivery', 'analytics', 'privacy']

/** For each rule, the smallest thing that breaks it. */
const plants: Record<string, Plant> = {
  'shared-imports-only-zod': { at: 'packages/shared/src/plant.ts', code: "import 'hono'" },
  'db-imports-only-shared': imports('packages/db/src/plant.ts', `${CORE}/platform/a.ts`),
  'core-imports-only-shared-and-db': imports(`${CORE}/platform/plant.ts`, 'packages/trpc/src/a.ts'),
  'verifier-trusts-nobody': imports('packages/verifier/src/plant.ts', 'packages/shared/src/a.ts'),
  'trpc-imports-only-shared-and-core': imports('packages/trpc/src/plant.ts', 'packages/db/src/a.ts'),
  'apps-are-adapters': imports('apps/worker/src/plant-db.ts', 'packages/db/src/a.ts'),
  'only-the-api-has-trpc': imports('apps/cli/src/plant.ts', 'packages/trpc/src/a.ts'),
  'apps-never-import-each-other': imports('apps/worker/src/plant-app.ts', 'apps/api/src/a.ts'),
  'emulators-share-no-code': imports('apps/emulators/src/plant.ts', 'packages/shared/src/a.ts'),
  'nobody-imports-emulators': imports('scripts/plant.ts', 'apps/emulators/src/a.ts'),
  'consumer-takes-types-only': imports('packages/trpc/consumer/plant.ts', 'packages/trpc/src/b.ts'),
  'scripts-are-not-product': imports('apps/api/src/plant-script.ts', 'scripts/a.ts'),
  ...Object.fromEntries(
    leftToRight
      .slice(0, -1)
      .map((domain, index) => [
        `${domain}-imports-only-to-its-left`,
        imports(`${CORE}/${domain}/plant-right.ts`, `${CORE}/${leftToRight[index + 1]}/index.ts`),
      ]),
  ),
  'domains-have-one-door': imports(`${CORE}/content/plant-door.ts`, `${CORE}/identity/inner.ts`),
  'core-has-doors': imports('apps/api/src/plant-door.ts', `${CORE}/identity/inner.ts`),
  'platform-knows-no-domain': imports(`${CORE}/platform/plant-domain.ts`, `${CORE}/audit/index.ts`),
  'nothing-in-core-imports-deps': imports(`${CORE}/audit/plant-deps.ts`, `${CORE}/deps.ts`),
  'rules-are-pure': { at: `${CORE}/content/rules/plant.ts`, code: "import 'node:fs'" },
  'hono-only-in-http-apps': { at: `${CORE}/platform/plant-hono.ts`, code: "import 'hono'" },
  'trpc-server-only-in-its-layer': { at: `${CORE}/audit/plant-trpc.ts`, code: "import '@trpc/server'" },
  'lucia-and-oslo-only-in-identity': { at: `${CORE}/platform/plant-oslo.ts`, code: "import 'oslo'" },
  'razorpay-only-in-its-client': { at: `${CORE}/billing/plant-sdk.ts`, code: "import 'razorpay'" },
  'pdf-lib-only-in-the-invoice-writer': { at: `${CORE}/billing/plant-pdf.ts`, code: "import '@cantoo/pdf-lib'" },
  'pg-boss-only-in-queue-and-worker': { at: `${CORE}/content/plant-queue.ts`, code: "import 'pg-boss'" },
  'ioredis-only-in-platform-redis': { at: `${CORE}/identity/plant-redis.ts`, code: "import 'ioredis'" },
  'redis-has-two-users': imports(`${CORE}/platform/plant-limit.ts`, `${CORE}/platform/redis.ts`),
  'trpc-client-only-for-callers': { at: 'packages/trpc/src/plant-client.ts', code: "import '@trpc/client'" },
  'no-cycles': { at: `${CORE}/platform/plant-cycle.ts`, code: "import './plant-cycle-back.ts'" },
  'no-unresolvable': { at: `${CORE}/platform/plant-nowhere.ts`, code: "import './nowhere.ts'" },
  'no-test-code-in-the-product': { at: `${CORE}/platform/plant-test.ts`, code: "import 'vitest'" },
}

function imports(at: string, target: string): Plant {
  const up = '../'.repeat(at.split('/').length - 1)
  return { at, code: `import '${up}${target}'` }
}

const PACKAGES = [
  'hono',
  '@trpc/server',
  '@trpc/client',
  'oslo',
  'razorpay',
  '@cantoo/pdf-lib',
  'pg-boss',
  'ioredis',
  'vitest',
  'zod',
]

/** What the rules allow; `a` stands for any module of its folder. */
const sound: Record<string, string> = {
  'packages/shared/src/a.ts': "import 'zod'",
  'packages/db/src/a.ts': "import '../../shared/src/a.ts'",
  'packages/trpc/src/a.ts': `import '../../core/src/content/index.ts'\nimport '@trpc/server'`,
  'packages/trpc/src/b.ts': 'export type Router = object\nexport const router = {}',
  'packages/trpc/consumer/a.ts':
    "import type { Router } from '../src/b.ts'\nimport '../../shared/src/a.ts'\nimport '@trpc/client'\nexport type R = Router",
  'apps/api/src/a.ts': `import '../../../packages/trpc/src/a.ts'\nimport '../../../packages/core/src/deps.ts'\nimport 'hono'`,
  'apps/emulators/src/a.ts': "import 'hono'",
  'scripts/a.ts': "import '../packages/db/src/a.ts'",
  [`${CORE}/deps.ts`]: "import './platform/redis.ts'\nimport './identity/index.ts'",
  [`${CORE}/platform/a.ts`]: "import '../../../db/src/a.ts'",
  [`${CORE}/platform/redis.ts`]: "import 'ioredis'",
  [`${CORE}/platform/plant-cycle-back.ts`]: "import './plant-cycle.ts'",
  [`${CORE}/platform/a.test.ts`]: "import 'vitest'\nimport '../content/index.ts'",
  ...Object.fromEntries(leftToRight.map((domain) => [`${CORE}/${domain}/index.ts`, 'export const door = 1'])),
  [`${CORE}/identity/inner.ts`]: "import 'oslo'\nimport '../platform/redis.ts'\nimport '../audit/index.ts'",
  [`${CORE}/content/rules/a.ts`]: "import type { a } from '../../platform/a.ts'\nimport 'node:crypto'",
}

const root = mkdtempSync(join(tmpdir(), 'pramaan-boundaries-'))
afterAll(() => rmSync(root, { recursive: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

for (const name of PACKAGES) {
  write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }))
  write(`node_modules/${name}/index.js`, '')
}
write('package.json', JSON.stringify({ dependencies: Object.fromEntries(PACKAGES.map((name) => [name, '1.0.0'])) }))
for (const [path, code] of Object.entries(sound)) write(path, code)
for (const { at, code } of Object.values(plants)) write(at, code)

const { violations, modules } = await findViolations(root)

test('every rule has a plant, and every plant a rule', () => {
  expect(Object.keys(plants).sort()).toEqual(config.forbidden.map((rule) => rule.name).sort())
  expect(modules).toBe(Object.keys(sound).length + Object.keys(plants).length)
})

test.each(Object.entries(plants))('%s is broken by its plant, and the checker says so', (rule, { at }) => {
  // A cycle is reported once, at whichever of its modules comes first.
  const atPlant = violations.filter(({ from, to }) => from === at || to.split(' -> ').includes(at))
  expect(atPlant.map((violation) => violation.rule)).toContain(rule)
})

test('what the house allows is not reported', () => {
  const innocent = violations.filter(({ from, rule }) => from in sound && rule !== 'no-cycles')
  expect(innocent).toEqual([])
})

test('a cruise that finds no import at all, as without a parser for TypeScript, proves nothing and fails', async () => {
  const empty = mkdtempSync(join(root, 'empty-'))
  for (const folder of ['packages', 'apps', 'scripts']) mkdirSync(join(empty, folder))
  writeFileSync(join(empty, 'apps', 'a.ts'), 'export const a = 1')
  await expect(findViolations(empty)).rejects.toThrow('of 1 modules')
})
