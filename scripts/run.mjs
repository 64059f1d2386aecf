// Runs on any Node >= 20 and nothing else: installs what is missing, then hands over to the pinned Node.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const BIN = join(ROOT, 'node_modules', '.bin')
const STAMP = join(ROOT, 'node_modules', '.install-stamp')
const END_WITH_PARENT = new URL('./embedded/end-with-parent.ts', import.meta.url).href
const say = (text) => process.stdout.write(`${text}\n`)

/** What the installed packages depend on: a change of it installs again. */
function installStamp() {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`)
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(ROOT, file)))
  return hash.digest('hex')
}

/** npm passes its own settings on in the environment, where pnpm and npx would take them for theirs. */
function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_(config|lifecycle|package)_/i.test(name) || /registry|cafile|proxy|_auth/i.test(name),
  )
  return {
    // Node keeps what it has compiled, which makes every start but the first a second shorter.
    NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'node'),
    ...Object.fromEntries(kept),
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
  }
}

/** Progress is what pnpm prints about itself, at most a line every three seconds. */
async function install(env) {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const started = Date.now()
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`
  say(`Installing the packages with ${packageManager}; the first time takes about half a minute.`)
  const args = ['-y', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only']
  const npx = spawn('npx', args, {
    cwd: ROOT,
    env: { ...env, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  endWithUs(npx, () => {
    process.kill(-npx.pid, 'SIGTERM')
    process.exit(1)
  })
  let output = ''
  let shown = Date.now()
  const read = (text) => {
    output += text
    const progress = /Progress: [^\n]*/.exec(text)
    if (!progress || Date.now() - shown < 3_000) return
    shown = Date.now()
    say(`  ${seconds()}  ${progress[0]}`)
  }
  npx.stdout.setEncoding('utf8').on('data', read)
  npx.stderr.setEncoding('utf8').on('data', read)
  const how = await new Promise((resolve) => {
    npx.on('close', (code, signal) => resolve(code === 0 ? null : `${signal ?? `exit code ${code}`}`))
  })
  if (how !== null) {
    process.stderr.write(`${output}\nThe packages could not be installed (${how}).\n`)
    process.exit(1)
  }
  writeFileSync(STAMP, installStamp())
  say(`Installed in ${seconds()}.`)
}

/** The Node of the workspace, or this one where the workspace brings none for the platform and this one is new enough. */
function findNode() {
  const pinned = join(BIN, 'node')
  if (existsSync(pinned)) return pinned
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  process.stderr.write(
    `Node 24 or newer is needed on ${process.platform}-${process.arch}; this is ${process.version}\n`,
  )
  return process.exit(1)
}

/**
 * Ends a child when we are told to end, and when npm is killed, which gives us a new parent. Children have a process
 * group of their own: Ctrl-C reaches every process of the terminal's group, and PostgreSQL would end before the worker
 * has finished. npm hands its signals on to us, and waits for us, because the scripts in package.json say `exec`.
 */
function endWithUs(child, end) {
  let lastSignal = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // One Ctrl-C comes twice: from the terminal and from npm.
      if (Date.now() - lastSignal > 500) end()
      lastSignal = Date.now()
    })
  }
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    end()
  }, 250)
  watch.unref()
  child.on('error', (error) => {
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  })
}

/** When we vanish without a chance to do anything, the channel to the child closes, and it stops everything itself. */
function handOver(task, rest, env) {
  const own = join(ROOT, 'scripts', `${task}.ts`)
  const child = spawn(findNode(), ['--import', END_WITH_PARENT, existsSync(own) ? own : task, ...rest], {
    cwd: ROOT,
    env: { ...env, PATH: `${BIN}${delimiter}${env.PATH ?? ''}` },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    detached: true,
  })
  endWithUs(child, () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
}

const [task = 'start', ...rest] = process.argv.slice(2)
const env = cleanEnvironment()
const installed = existsSync(STAMP) && readFileSync(STAMP, 'utf8') === installStamp()
if (!installed) await install(env)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(signal)
handOver(task, rest, env)
