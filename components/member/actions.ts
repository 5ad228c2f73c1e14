'use server'

import { refresh } from 'next/cache'
import { action, openAction } from '#lib/action.ts'
import { sessionId } from '#lib/auth/session.ts'
import { acceptInvitation as accept } from '#lib/member/accept-invitation.ts'
import { changeMember as change } from '#lib/member/change-member.ts'
import { activateMember as activate, deactivateMember as deactivate } from '#lib/member/deactivate.ts'
import { endSession as end } from '#lib/member/end-session.ts'
import { inviteMember as invite } from '#lib/member/invite.ts'
import { offerReset as offer } from '#lib/member/offer-reset.ts'
import { changePassword as renew, renameSelf as rename } from '#lib/member/own-account.ts'
import { resetPassword as reset } from '#lib/member/reset-password.ts'
import { AcceptInvitation, ChangeMember, ChangePassword, EndSession, InviteMember, Member, RenameSelf, ResetPassword, WithdrawInvitation } from '#lib/member/schema.ts'
import { withdrawInvitation as withdraw } from '#lib/member/withdraw-invitation.ts'

export const inviteMember = action(InviteMember, async (input, actor) => {
  const link = await invite(actor, input)
  refresh()
  return link
})

export const offerReset = action(Member, async (input, actor) => {
  const link = await offer(actor, input)
  refresh()
  return link
})

export const withdrawInvitation = action(WithdrawInvitation, async (input, actor) => {
  await withdraw(actor, input)
  refresh()
})

export const changeMember = action(ChangeMember, async (input, actor) => {
  await change(actor, input)
  refresh()
})

export const deactivateMember = action(Member, async (input, actor) => {
  await deactivate(actor, input)
  refresh()
})

export const activateMember = action(Member, async (input, actor) => {
  await activate(actor, input)
  refresh()
})

export const endSession = action(EndSession, async (input, actor) => {
  await end(actor, input)
  refresh()
})

export const renameSelf = action(RenameSelf, async (input, actor) => {
  await rename(actor, input)
  refresh()
})


export const changePassword = action(ChangePassword, async (input, actor) => {
  await renew(actor, input, (await sessionId()) ?? '')
  refresh()
})

export const acceptInvitation = openAction(AcceptInvitation, accept)
export const resetPassword = openAction(ResetPassword, reset)
