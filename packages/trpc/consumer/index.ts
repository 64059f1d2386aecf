import { ErrorCode, MAX_BATCH } from '@pramaan/shared'
import type { AppRouter } from '@pramaan/trpc'
import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client'

/** What the dashboard will do: the type of the router, the shapes of `@pramaan/shared`, and nothing else of ours. */
export const connect = (url: string, accessToken?: string) =>
  createTRPCClient<AppRouter>({
    links: [
      httpBatchLink({
        url: `${url}/trpc`,
        maxItems: MAX_BATCH,
        headers: accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` },
      }),
    ],
  })
export type Client = ReturnType<typeof connect>

/** Writes a text and reads it back in one batch with the list. */
export async function writeAndRead(client: Client, text: string) {
  const created = await client.content.create.mutate({ content: text, language: 'en' })
  const [content, list] = await Promise.all([
    client.content.get.query({ id: created.contentId }),
    client.content.list.query({ limit: 5 }),
  ])
  return { created, content, list }
}

/** Our own error code out of whatever a call threw; null for what did not come from the API. */
export function codeOf(error: unknown): ErrorCode | null {
  if (!(error instanceof TRPCClientError)) return null
  const parsed = ErrorCode.safeParse((error as TRPCClientError<AppRouter>).data?.code)
  return parsed.success ? parsed.data : null
}
