// The walls of the house (docs: ARCHITECTURE.md). `scripts/boundaries.ts` runs these rules, and
// `scripts/boundaries.test.ts` plants a violation of each: a rule without a plant there fails the test.

const DOMAINS = ['audit', 'identity', 'billing', 'content', 'compliance', 'delivery', 'analytics', 'privacy']
const CORE = 'packages/core/src'
/** What only tests load: it may reach for more, but never into another layer to its right. */
const TESTS = String.raw`\.test\.ts$|/testing(/|\.ts$)`
/** An installed package, wherever pnpm has put it. */
const npm = (...names) => `(^|/)node_modules/(${names.join('|')})(/|$)`

/** A rule that names what must not be imported, from where. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/** A package that only some places may import. */
const confine = (name, packages, allowed, comment) =>
  forbid(name, comment, { pathNot: allowed }, { path: npm(...packages) })

const layers = [
  forbid(
    'shared-imports-only-zod',
    'packages/shared runs in browsers: it imports zod and itself.',
    { path: '^packages/shared/', pathNot: TESTS },
    { pathNot: ['^packages/shared/', npm('zod')] },
  ),
  forbid(
    'db-imports-only-shared',
    'Layers: shared <- db <- core <- trpc <- apps.',
    { path: '^packages/db/' },
    { path: '^(packages|apps|scripts)/', pathNot: '^packages/(shared|db)/' },
  ),
  forbid(
    'core-imports-only-shared-and-db',
    'Layers: shared <- db <- core <- trpc <- apps. Beside them the verifier, which knows none of them.',
    { path: '^packages/core/' },
    { path: '^(packages|apps|scripts)/', pathNot: '^packages/(shared|db|core|verifier)/' },
  ),
  forbid(
    'verifier-trusts-nobody',
    'packages/verifier checks what the product made: it shares no code with it, and needs Node alone.',
    { path: '^packages/verifier/', pathNot: TESTS },
    { pathNot: ['^packages/verifier/', '^node:', '^(crypto|fs|zlib|path|stream)(/|$)'] },
  ),
  forbid(
    'trpc-imports-only-shared-and-core',
    'Layers: shared <- db <- core <- trpc <- apps. Tables are reached through use cases.',
    { path: '^packages/trpc/' },
    { path: '^(packages|apps|scripts)/', pathNot: '^packages/(shared|core|trpc)/' },
  ),
  forbid(
    'apps-are-adapters',
    'An app calls core. It does not reach past it to tables.',
    { path: '^apps/', pathNot: TESTS },
    { path: '^packages/db/' },
  ),
  forbid(
    'only-the-api-has-trpc',
    'The worker, the emulators and the command line do not go through the router.',
    { path: '^apps/(?!api/)' },
    { path: '^packages/trpc/' },
  ),
  forbid(
    'apps-never-import-each-other',
    'What two apps need lives in a package.',
    { path: '^apps/([^/]+)/' },
    { path: '^apps/', pathNot: '^apps/$1/' },
  ),
  forbid(
    'emulators-share-no-code',
    'A double that shares code with the product shares its mistakes.',
    { path: '^apps/emulators/' },
    { path: '^packages/' },
  ),
  forbid(
    'nobody-imports-emulators',
    'Doubles are reached over the wire.',
    { pathNot: '^apps/emulators/' },
    { path: '^apps/emulators/' },
  ),
  forbid(
    'consumer-takes-types-only',
    'Callers get `type AppRouter` and packages/shared; no line of the server reaches them.',
    { path: '^packages/trpc/consumer/' },
    { path: '^packages/(trpc/src|core|db)/', dependencyTypesNot: ['type-only'] },
  ),
  forbid(
    'scripts-are-not-product',
    'scripts/ start and check the product; nothing of it imports them.',
    { path: '^(packages|apps)/', pathNot: TESTS },
    { path: '^scripts/' },
  ),
]

const core = [
  ...DOMAINS.map((domain, index) => {
    const right = DOMAINS.slice(index + 1)
    return right.length === 0
      ? null
      : forbid(
          `${domain}-imports-only-to-its-left`,
          `Domains, left to right: ${DOMAINS.join(' ')}.`,
          { path: `^${CORE}/${domain}/`, pathNot: TESTS },
          { path: `^${CORE}/(${right.join('|')})/` },
        )
  }).filter((rule) => rule !== null),
  forbid(
    'domains-have-one-door',
    'Another domain is used through its index.ts alone.',
    { path: `^${CORE}/(${DOMAINS.join('|')})/`, pathNot: TESTS },
    { path: `^${CORE}/(${DOMAINS.join('|')})/.+`, pathNot: [`^${CORE}/$1/`, `^${CORE}/[^/]+/(rules/)?index\\.ts$`] },
  ),
  forbid(
    'core-has-doors',
    'From outside, core is its domains (index.ts), their rules and how good these are, platform/, clients/ and deps.ts.',
    { pathNot: ['^packages/core/', TESTS] },
    {
      path: `^${CORE}/(${DOMAINS.join('|')})/.+`,
      pathNot: [`^${CORE}/[^/]+/(rules/)?index\\.ts$`, `^${CORE}/compliance/rules/quality\\.ts$`],
    },
  ),
  forbid(
    'platform-knows-no-domain',
    'platform/ and clients/ stand to the left of every domain.',
    { path: `^${CORE}/(platform|clients)/`, pathNot: TESTS },
    { path: `^${CORE}/(${DOMAINS.join('|')})/` },
  ),
  forbid(
    'nothing-in-core-imports-deps',
    'deps.ts is the composition root: it imports, and is imported by apps alone.',
    { path: '^packages/core/', pathNot: TESTS },
    { path: `^${CORE}/deps\\.ts$` },
  ),
  forbid(
    'rules-are-pure',
    'rules/ decide: no I/O, no clock. They see rules, shapes and digests, and types of anything.',
    { path: `^${CORE}/[^/]+/rules/`, pathNot: TESTS },
    {
      pathNot: [`^${CORE}/[^/]+/rules/`, '^packages/shared/', npm('zod', 'canonicalize'), '^(node:)?crypto$'],
      dependencyTypesNot: ['type-only'],
    },
  ),
]

const confinement = [
  confine(
    'hono-only-in-http-apps',
    ['hono', '@hono/[^/]+'],
    '^apps/(api|emulators)/',
    'HTTP is the business of apps/api.',
  ),
  confine(
    'trpc-server-only-in-its-layer',
    ['@trpc/server'],
    '^(packages/trpc|apps/api)/',
    'Use cases know no transport.',
  ),
  confine('lucia-and-oslo-only-in-identity', ['lucia', 'oslo'], `^${CORE}/identity/`, 'Both are deprecated upstream.'),
  confine(
    'razorpay-only-in-its-client',
    ['razorpay'],
    `^${CORE}/clients/razorpay/`,
    'Vendors are spoken to by clients.',
  ),
  confine(
    'pdf-lib-only-in-the-invoice-writer',
    ['@cantoo/pdf-lib', '@cantoo/fontkit'],
    `^${CORE}/billing/(write-invoice-pdf|typesetter|typesetter\\.test)\\.ts$`,
    'A document is data; its PDF is one way to show it.',
  ),
  confine(
    'pg-boss-only-in-queue-and-worker',
    ['pg-boss'],
    [`^${CORE}/platform/queue\\.ts$`, '^apps/worker/'],
    'Jobs are enqueued by returning them from a command.',
  ),
  confine(
    'ioredis-only-in-platform-redis',
    ['ioredis'],
    [`^${CORE}/platform/redis\\.ts$`, '\\.test\\.ts$', '^scripts/bench/'],
    'Redis holds nothing that cannot be lost.',
  ),
  forbid(
    'redis-has-two-users',
    'Sessions and the AI answer cache; deps.ts opens it. Nothing else may lose its data with it.',
    { pathNot: [`^${CORE}/(identity|clients/ai)/`, `^${CORE}/deps\\.ts$`, TESTS] },
    { path: `^${CORE}/platform/redis\\.ts$` },
  ),
  confine(
    'trpc-client-only-for-callers',
    ['@trpc/client'],
    ['^packages/trpc/consumer/', '^scripts/', TESTS],
    'We are the server.',
  ),
]

const hygiene = [
  forbid(
    'no-cycles',
    'Two modules that need each other are one module.',
    {},
    { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  ),
  forbid('no-unresolvable', 'This import leads nowhere.', {}, { couldNotResolve: true }),
  forbid(
    'no-test-code-in-the-product',
    'testing/ folders, test files and their tools are for tests.',
    { path: '^(packages|apps)/', pathNot: TESTS },
    { path: [TESTS, npm('vitest', 'fast-check')] },
  ),
]

module.exports = {
  forbidden: [...layers, ...core, ...confinement, ...hygiene],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.data|\\.turbo)/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
}
