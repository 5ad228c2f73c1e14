import NextAuth from 'next-auth'
import { authOptions } from '#lib/member/options.ts'

type Context = { params: Promise<{ nextauth: string[] }> }

const answer = (request: Request, context: Context) => NextAuth(authOptions())(request, context)

export { answer as GET, answer as POST }
