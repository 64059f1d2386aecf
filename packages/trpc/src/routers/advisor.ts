import {
  getOnboarding,
  getPreferences,
  getProfile,
  listMembers,
  removeMember,
  setMemberRole,
  setPreferences,
  updateProfile,
} from '@pramaan/core/identity'
import { DoneView, MemberRoleView, MemberView, OnboardingView, Preferences, ProfileView } from '@pramaan/shared'
import { z } from 'zod'
import { Nothing, procedure, router } from '../trpc.ts'

const tags = ['Advisor']

export const advisorRouter = router({
  profile: procedure
    .meta({ rest: { method: 'GET', path: '/advisor/profile', summary: 'You and your firm', tags } })
    .input(Nothing)
    .output(ProfileView)
    .query(({ ctx, input }) => getProfile(ctx.core, input)),

  updateProfile: procedure
    .meta({ rest: { method: 'PATCH', path: '/advisor/profile', summary: 'Change your firm', tags } })
    .input(updateProfile.input)
    .output(ProfileView)
    .mutation(({ ctx, input }) => updateProfile(ctx.core, input)),

  preferences: procedure
    .meta({
      rest: { method: 'GET', path: '/advisor/preferences', summary: 'How your firm works', tags },
    })
    .input(Nothing)
    .output(Preferences)
    .query(({ ctx, input }) => getPreferences(ctx.core, input)),

  setPreferences: procedure
    .meta({
      rest: {
        method: 'PUT',
        path: '/advisor/preferences',
        summary: 'Decide how your firm works',
        tags,
      },
    })
    .input(setPreferences.input)
    .output(Preferences)
    .mutation(({ ctx, input }) => setPreferences(ctx.core, input)),

  members: procedure
    .meta({
      rest: { method: 'GET', path: '/advisor/members', summary: 'The people of your firm', tags },
    })
    .input(Nothing)
    .output(z.object({ items: z.array(MemberView) }))
    .query(({ ctx, input }) => listMembers(ctx.core, input)),

  removeMember: procedure
    .meta({
      rest: {
        method: 'DELETE',
        path: '/advisor/members/{userId}',
        summary: 'Remove somebody from your firm',
        tags,
      },
    })
    .input(removeMember.input)
    .output(DoneView)
    .mutation(({ ctx, input }) => removeMember(ctx.core, input)),

  setMemberRole: procedure
    .meta({
      rest: {
        method: 'PATCH',
        path: '/advisor/members/{userId}',
        summary: 'Make somebody an owner, or no longer one',
        tags,
      },
    })
    .input(setMemberRole.input)
    .output(MemberRoleView)
    .mutation(({ ctx, input }) => setMemberRole(ctx.core, input)),

  onboarding: procedure
    .meta({
      rest: {
        method: 'GET',
        path: '/advisor/onboarding',
        summary: 'What is left to do before the first message',
        tags,
      },
    })
    .input(Nothing)
    .output(OnboardingView)
    .query(({ ctx, input }) => getOnboarding(ctx.core, input)),
})
