import type { Actor } from '../platform/context.ts'
import { type ContentEvent, type Facts, isAllowed, type Who } from './rules/state.ts'

/** Whether an actor may cause an event, as far as role and guard decide it; whether the state allows it, the move tells. */
export const mayCause = (actor: Actor, event: ContentEvent, facts: Facts = {}): boolean =>
  isAllowed(whoIs(actor), event, facts)

/** Which kind of actor somebody is in the state table; null for strangers and for staff that have no step in it. */
function whoIs(actor: Actor): Who | null {
  if (actor.kind === 'system') return 'system'
  if (actor.kind === 'api_key') return 'member'
  if (actor.kind !== 'user') return null
  if (actor.role === 'reviewer') return 'reviewer'
  return actor.role === 'advisor' && actor.memberRole !== null ? 'member' : null
}
