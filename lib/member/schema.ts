import { z } from 'zod'

const id = z.coerce.number().int().positive()
const email = z.string().trim().toLowerCase().max(254).email('an e-mail address, such as ada@example.org')
const name = z.string().trim().min(1, 'what others see beside what you did').max(100)
const password = z.string().min(12, 'at least 12 characters').max(200, 'at most 200 characters')
const token = z.string().min(1, 'open this page by the link that you were given').max(200)
/** A checkbox that is not ticked is not sent. */
const ticked = z.stringbool().default(false)
const roles = z.array(id).max(500).default([])

export const CreateOwner = z.object({ code: z.string().trim().min(1, 'the code that the start command printed').max(100), name, email, password })
export const SignIn = z.object({ email, password: z.string().min(1).max(200) })

export const InviteMember = z.object({ email, owner: ticked, roles })
export const WithdrawInvitation = z.object({ invitation: id })
export const AcceptInvitation = z.object({ token, name, password })
export const ResetPassword = z.object({ token, password })

export const Member = z.object({ member: id })
export const ChangeMember = z.object({ member: id, owner: ticked, roles })
export const EndSession = z.object({ session: z.uuid() })
export const RenameSelf = z.object({ name })
export const ChangePassword = z.object({ current: z.string().min(1, 'the password that you have now').max(200), password })
