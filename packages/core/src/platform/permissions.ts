import type { Actor, Ctx, MemberRole, UserRole } from './context.ts'

/** Who may run a use case. */
export type Permission = (ctx: Ctx) => boolean

const isUser = (actor: Actor): actor is Extract<Actor, { kind: 'user' }> => actor.kind === 'user'

export const anyone: Permission = () => true

export const signedIn: Permission = (ctx) => isUser(ctx.actor)

export const system: Permission = (ctx) => ctx.actor.kind === 'system'

export const staff =
  (...roles: Exclude<UserRole, 'advisor'>[]): Permission =>
  (ctx) =>
    isUser(ctx.actor) && (roles as UserRole[]).includes(ctx.actor.role)

/** People of an advisor: any member, or only those with the given role. */
export const member =
  (...roles: MemberRole[]): Permission =>
  (ctx) =>
    isUser(ctx.actor) &&
    ctx.advisorId !== null &&
    ctx.actor.memberRole !== null &&
    (roles.length === 0 || roles.includes(ctx.actor.memberRole))

export const either =
  (...permissions: Permission[]): Permission =>
  (ctx) =>
    permissions.some((permission) => permission(ctx))
