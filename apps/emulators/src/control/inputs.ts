import { z } from 'zod'

/** How a test moves the clock of a double: by so many seconds, or to a time. */
export const clockShape = {
  advance_s: z.number().min(0).optional(),
  now: z.iso.datetime({ offset: true }).optional(),
}

/** How a double posts the webhooks that are due; `ids` posts those again. */
export const deliverShape = {
  mode: z.enum(['fifo', 'reverse', 'shuffle']).default('fifo'),
  seed: z.number().int().default(1),
  parallel: z.boolean().default(false),
  ids: z.array(z.string()).optional(),
}
