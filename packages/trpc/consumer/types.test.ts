import type { ContentStatus, ContentView, Tier } from '@pramaan/shared'
import { expectTypeOf, test } from 'vitest'
import type { Client, writeAndRead } from './index.ts'

test('inputs and answers are inferred from the schemas, and a wrong input does not compile', () => {
  type Written = Awaited<ReturnType<typeof writeAndRead>>
  expectTypeOf<Written['created']['status']>().toEqualTypeOf<ContentStatus>()
  expectTypeOf<Written['content']>().toEqualTypeOf<ContentView>()
  expectTypeOf<
    Awaited<ReturnType<Client['billing']['plans']['query']>>['items'][number]['tier']
  >().toEqualTypeOf<Tier>()

  type Create = Parameters<Client['content']['create']['mutate']>[0]
  expectTypeOf<{ content: string }>().toExtend<Create>()
  expectTypeOf<{ content: number }>().not.toExtend<Create>()
  expectTypeOf<{ text: string }>().not.toExtend<Create>()
  expectTypeOf<{ content: string; audience: 'everybody' }>().not.toExtend<Create>()

  // @ts-expect-error the body of a text is called `content`
  const wrong: Create = { text: 'SIP is a habit' }
  expectTypeOf(wrong).toEqualTypeOf<Create>()
})
