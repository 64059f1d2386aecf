import type { CreateContentView } from '@pramaan/shared'
import type { z } from 'zod'

/** What every change of a text answers. */
export type ContentChange = z.infer<typeof CreateContentView>
