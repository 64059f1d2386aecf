import type * as Api from '@pramaan/shared'

/** The shape that a schema of packages/shared describes. */
export type Shape<Schema extends { parse: (data: unknown) => unknown }> = ReturnType<Schema['parse']>
export type Page<Item> = { items: Item[]; nextCursor: string | null }
export type Content = Shape<typeof Api.CreateContentView>
export type Recipient = Shape<typeof Api.RecipientView>
export type Campaign = Shape<typeof Api.CampaignView>
export type Delivery = Shape<typeof Api.DeliveryView>
