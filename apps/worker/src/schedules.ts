import type { QueueName } from '@pramaan/core/platform/queue'

/** All that runs by the clock (cron, UTC). */
export const schedules: { queue: QueueName; cron: string }[] = [
  { queue: 'audit.export-checkpoint', cron: '7 * * * *' },
  { queue: 'platform.sweep', cron: '* * * * *' },
  { queue: 'analytics.rollup', cron: '* * * * *' },
  { queue: 'billing.compare', cron: '47 1 * * *' },
  { queue: 'analytics.churn', cron: '23 20 * * *' },
  { queue: 'platform.partitions', cron: '17 1 * * *' },
]
