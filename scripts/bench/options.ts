import { parseArgs } from 'node:util'

export interface Options {
  /** Rows of `contents` before the first request. */
  rows: number
  /** Each round measures every operation on both programs. */
  rounds: number
  /** How long one operation on one program is measured in a round. */
  secondsEach: number
  /** Numbers of connections, measured one after the other. */
  connections: number[]
  /** Names of operations; empty for all. */
  only: string[]
  /** Keep the data, in `folder`. */
  keep: boolean
  /** A folder kept by an earlier run, to start from its rows. */
  folder: string | null
  /** Where to write a CPU profile of the API; null for none. */
  profileFolder: string | null
}

const USAGE = `npm run bench -- [--rows 1000000] [--rounds 5] [--seconds 3] [--connections 16,64]
                 [--only profile,create] [--keep] [--folder PATH] [--profile PATH]

  --rows         texts in the table before the first request (100000 for a quick run)
  --rounds       how often everything is measured; medians are printed
  --seconds      how long each program is measured in a round, for each operation
  --connections  numbers of connections, separated by commas
  --only         operations, separated by commas
  --keep         keep the database; its folder is printed, and --folder starts from it
  --profile      write a CPU profile of the API there (this slows it down)`

/** @throws Error with what is wrong, followed by the usage */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      rows: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '16' },
      only: { type: 'string', default: '' },
      keep: { type: 'boolean', default: false },
      folder: { type: 'string' },
      profile: { type: 'string' },
    },
  })
  return {
    rows: number('rows', values.rows, 10_000, 20_000_000),
    rounds: number('rounds', values.rounds, 1, 100),
    secondsEach: number('seconds', values.seconds, 0.2, 20),
    connections: values.connections.split(',').map((text) => number('connections', text, 1, 256)),
    only: values.only.split(',').filter(Boolean),
    keep: values.keep || values.folder !== undefined,
    folder: values.folder ?? null,
    profileFolder: values.profile ?? null,
  }
}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (!(value >= least && value <= most)) throw new Error(`--${name} must be from ${least} to ${most}\n\n${USAGE}`)
  return value
}
