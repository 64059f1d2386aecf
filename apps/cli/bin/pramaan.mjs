#!/usr/bin/env node
// The command is TypeScript. A Node that strips types runs it as it is; an older one hands over to the Node of the
// workspace, which `pnpm install` put beside the other tools.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const [major, minor] = process.versions.node.split('.').map(Number)
const runsTypeScript = process.features.typescript === 'strip' && (major > 22 || (major === 22 && minor >= 18))

if (runsTypeScript) {
  await import('../src/main.ts')
} else {
  const own = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url))
  if (!existsSync(own)) {
    process.stderr.write('pramaan needs Node 24, or an installed workspace (npx pnpm install).\n')
    process.exit(2)
  }
  const result = spawnSync(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exit(result.status ?? 2)
}
