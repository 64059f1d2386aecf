import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Metafile } from 'esbuild'

/**
 * Bundles what production runs into `dist/`: `api.js`, `worker.js`, `cli.js`, `witness.js`, `judge.js` with the rule pack, the
 * migrations, and in `node_modules`
 * the few packages that cannot be bundled. A server needs Node 24, `dist/` and `package.json`, and nothing else.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DIST = join(ROOT, 'dist')
/** The thread that judges by a pack of its own: it reads the pack as files, so that they can be put in their place. */
const JUDGE = 'packages/core/src/compliance/judge-worker.ts'
const PACK = 'packages/core/src/compliance/rules/pack'
const PROGRAMS = ['api', 'worker', 'cli', 'witness'].filter((app) => existsSync(join(ROOT, 'apps', app, 'src/main.ts')))

/** Native code, or files that are read at run time. `pg-native` is an option of `pg` that we do not take. */
const NOT_BUNDLED = ['@node-rs/*', 'swagger-ui-dist', 'pg-native']

/** Their files are read at run time, by the name of the package. */
const FONTS = ['devanagari', 'gujarati', 'tamil'].map((script) => `@fontsource/noto-sans-${script}`)

const started = performance.now()
rmSync(DIST, { recursive: true, force: true })
const options = {
  absWorkingDir: ROOT,
  outdir: DIST,
  bundle: true,
  metafile: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  sourcemap: 'linked',
  logLevel: 'warning',
  // Packages in CommonJS call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
} satisfies BuildOptions
const { metafile } = await build({
  ...options,
  entryPoints: Object.fromEntries(PROGRAMS.map((app) => [app, `apps/${app}/src/main.ts`])),
  external: NOT_BUNDLED,
})
// What it loads later is a file of its own, or the pack would be read before its hook stands.
await build({ ...options, entryPoints: { judge: JUDGE }, external: ['./pack/*.json'], splitting: true })
cpSync(join(ROOT, PACK), join(DIST, 'pack'), { recursive: true })
cpSync(join(ROOT, 'packages/db/migrations'), join(DIST, 'migrations'), { recursive: true })
const copied = new Set<string>()
for (const { name, importer } of externals(metafile)) copyPackage(name, importer)
copyPackage('swagger-ui-dist', join(ROOT, 'apps/api/src/docs.ts'))
for (const font of FONTS) copyPackage(font, join(ROOT, 'packages/core/src/billing/typesetter.ts'))
process.stdout.write(
  `dist/ holds ${PROGRAMS.map((app) => `${app}.js`).join(', ')}, migrations/ and ${copied.size} packages ` +
    `(${((performance.now() - started) / 1000).toFixed(1)} s). In production set MIGRATIONS_DIR=dist/migrations.\n`,
)

/** Packages that the bundles still import, each with a module that does. */
function externals({ inputs }: Metafile): { name: string; importer: string }[] {
  return Object.entries(inputs).flatMap(([input, { imports }]) =>
    imports
      .filter(({ external, path }) => external && path.startsWith('@node-rs/'))
      .map(({ path }) => ({ name: path, importer: join(ROOT, input) })),
  )
}

/** With what it depends on; an optional dependency that is not installed is for another platform. */
function copyPackage(name: string, importer: string): void {
  if (copied.has(name)) return
  const folder = folderOf(name, importer)
  if (folder === null) return
  copied.add(name)
  mkdirSync(dirname(join(DIST, 'node_modules', name)), { recursive: true })
  cpSync(folder, join(DIST, 'node_modules', name), {
    recursive: true,
    filter: (path) => !path.endsWith('.map') && !path.slice(folder.length).includes('node_modules'),
  })
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, object | undefined>
  if (name === 'swagger-ui-dist') return
  for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    copyPackage(dependency, join(folder, 'package.json'))
  }
}

/** Where the package is that a module gets when it imports the name, or null when it is not installed. */
function folderOf(name: string, importer: string): string | null {
  const places = createRequire(realpathSync(importer)).resolve.paths(name) ?? []
  const found = places.map((place) => resolve(place, name)).find((path) => existsSync(join(path, 'package.json')))
  return found ? realpathSync(found) : null
}
