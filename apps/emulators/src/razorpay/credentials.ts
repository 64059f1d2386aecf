import type { Gateway } from './gateway.ts'
import type { Account } from './state.ts'

/** The account behind HTTP Basic `key_id:key_secret`; the scheme has to be spelled `Basic`. */
export function accountOf(gateway: Gateway, authorization: string | undefined): Account | null {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return null
  const [keyId = '', ...rest] = Buffer.from(encoded, 'base64').toString().split(':')
  const account = gateway.state.accounts.get(keyId)
  return account && account.keySecret === rest.join(':') ? account : null
}
