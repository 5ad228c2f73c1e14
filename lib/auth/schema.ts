import { z } from 'zod'

const email = z.string().trim().toLowerCase().max(254).email('an e-mail address, such as ada@example.org')

export const CreateOwner = z.object({
  code: z.string().trim().min(1, 'the code that the start command printed').max(100),
  name: z.string().trim().min(1, 'what others see beside what you did').max(100),
  email,
  password: z.string().min(12, 'at least 12 characters').max(200, 'at most 200 characters'),
})

export const SignIn = z.object({ email, password: z.string().min(1).max(200) })
