import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { OperatorConfig } from '@pramaan/core/deps'
import { rotateJwtKeys } from '@pramaan/core/platform/jwt-keys'
import { type Command, InvalidArgumentError } from 'commander'
import { operatorEnv } from './env.ts'
import type { Terminal } from './terminal.ts'

const MINUTE_MS = 60_000
const DEFAULT_DELAY = 10

/** `pramaan keys rotate-jwt`: a new key that signs access tokens, beside the one that signed until now. */
export function addKeysCommand(program: Command, terminal: Terminal): void {
  const keys = program.command('keys').description('Change the keys of an installation.')
  addRotateData(keys, terminal)
  keys
    .command('rotate-jwt')
    .description('Put a new key first in JWT_KEYS and keep the present one for tokens that are still good.')
    .option('--secrets <file>', 'change the secrets.json of an embedded installation; else JWT_KEYS is read from stdin')
    .option(
      '--in-minutes <minutes>',
      'when the new key begins to sign; restart everything before',
      minutes,
      DEFAULT_DELAY,
    )
    .action(async ({ secrets, inMinutes }: { secrets?: string; inMinutes: number }) => {
      const now = terminal.now()
      const options = { now, signsFrom: new Date(now.getTime() + inMinutes * MINUTE_MS) }
      const rotated = secrets === undefined ? onStdin(terminal, options) : inFile(secrets, options)
      const { kid, answer } = await rotated.catch(() =>
        keys.error(`error: ${secrets ?? 'standard input'} holds no JWK set with private ES256 keys`),
      )
      terminal.write(answer)
      terminal.writeError(`The key ${kid} signs from ${options.signsFrom.toISOString()} on. Restart the API before.\n`)
    })
}

/** `pramaan keys rotate-data`: every data key under the first key of KEYRING. */
function addRotateData(keys: Command, terminal: Terminal): void {
  keys
    .command('rotate-data')
    .description('Wrap every data key anew under the first key of KEYRING; may be killed and begun again.')
    .option('--data-dir <folder>', 'a running embedded installation; else the settings of the worker are read')
    .action(async ({ dataDir }: { dataDir?: string }) => {
      const [{ asOperator }, { rotateDataKeys }] = await Promise.all([
        import('./as-operator.ts'),
        import('@pramaan/core/privacy'),
      ])
      const config = await (dataDir === undefined ? operatorEnv() : embeddedConfig(resolve(dataDir)))
      const progress = (count: number) => terminal.writeError(`${count} data keys so far\n`)
      const { rewrapped, keyId } = await asOperator(config, 'keys', (ctx) => rotateDataKeys(ctx, progress))
      terminal.write(`${rewrapped} data keys were wrapped anew; all lie under ${keyId} now.\n`)
    })
}

async function embeddedConfig(dataDir: string): Promise<OperatorConfig> {
  const { operatorConfig, runningInstallation } = await import('./embedded-installation.ts')
  const { secrets, port } = await runningInstallation(dataDir)
  return operatorConfig(secrets, port, '')
}

type Options = Parameters<typeof rotateJwtKeys>[1]

async function onStdin(terminal: Terminal, options: Options): Promise<{ kid: string; answer: string }> {
  const { jwks, kid } = rotateJwtKeys(await terminal.readInput(), options)
  return { kid, answer: `${jwks}\n` }
}

/** Whole or not at all, and readable by its owner alone. */
async function inFile(file: string, options: Options): Promise<{ kid: string; answer: string }> {
  const all = JSON.parse(readFileSync(file, 'utf8')) as { settings: Record<string, string> }
  const { jwks, kid } = rotateJwtKeys(all.settings.JWT_KEYS ?? '', options)
  const unfinished = `${file}.unfinished`
  const changed = { ...all, settings: { ...all.settings, JWT_KEYS: jwks } }
  writeFileSync(unfinished, `${JSON.stringify(changed, null, 2)}\n`, { mode: 0o600 })
  chmodSync(unfinished, 0o600)
  renameSync(unfinished, file)
  return { kid, answer: '' }
}

function minutes(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 0 || number > 24 * 60) {
    throw new InvalidArgumentError('must be minutes, from 0 to 1440')
  }
  return number
}
