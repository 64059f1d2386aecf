import { processEnv } from './env.ts'
import { serve } from './serve.ts'
import { stateFile } from './state-file.ts'
import { createWitness } from './witness.ts'

const env = processEnv()
const witness = createWitness({ ...env, state: stateFile(env.stateFile), now: () => new Date() })
const server = serve(witness).listen(env.port, env.host, () => {
  process.stdout.write(`${witness.verifierKey}\n`)
  process.send?.('ready')
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => server.close(() => process.exit(0)))
