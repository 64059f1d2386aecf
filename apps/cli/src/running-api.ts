import type { Command } from 'commander'
import type { Terminal } from './terminal.ts'

/** Where a running installation is, and who asks. */
export interface Installation {
  url: string
  tokenFile: string
}

/** Adds the options that name a running installation. */
export const onInstallation = (command: Command): Command =>
  command
    .requiredOption('--token-file <file>', 'a file with an access token of somebody who may')
    .option('--url <url>', 'where the installation is', 'http://127.0.0.1:8787')

/**
 * One call of the REST facade.
 *
 * @throws Error with the detail of the problem that the installation answered
 */
export async function ask<Answer>(
  terminal: Terminal,
  { tokenFile, url }: Installation,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const token = (await terminal.readFile(tokenFile)).trim()
  const response = await fetch(new URL(path, url), {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as Answer & { detail?: string }
  if (!response.ok) throw new Error(answer.detail ?? `the installation answered ${response.status}`)
  return answer
}
