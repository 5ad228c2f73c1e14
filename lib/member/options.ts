import type { NextAuthOptions } from 'next-auth'
import CredentialsProvider from 'next-auth/providers/credentials'
import { cookies } from 'next/headers'
import { deviceCookie, deviceDays, deviceToken } from '../auth/device.ts'
import { secure, sessionCookie, sessionSecret } from '../auth/session-cookie.ts'
import { Refusal } from '../refusal.ts'
import { SignIn } from './schema.ts'
import { sessionDays, signIn } from './sign-in.ts'
import { signOut } from './sign-out.ts'

declare module 'next-auth' {
  interface User {
    sessionId: string
  }
}
declare module 'next-auth/jwt' {
  interface JWT {
    sessionId?: string
  }
}

export const authOptions = (): NextAuthOptions => ({
  secret: sessionSecret(),
  useSecureCookies: secure,
  session: { strategy: 'jwt', maxAge: sessionDays * 24 * 3600 },
  pages: { signIn: '/login', error: '/login' },
  cookies: { sessionToken: { name: sessionCookie, options: { httpOnly: true, sameSite: 'lax', path: '/', secure } } },
  providers: [
    CredentialsProvider({
      credentials: { email: { type: 'email' }, password: { type: 'password' } },
      authorize: async (credentials, request) => {
        const given = SignIn.safeParse(credentials)
        const userAgent = String(request.headers?.['user-agent'] ?? '')
        if (!given.success) return null
        const { email, password } = given.data
        const kept = await cookies()
        const user = await signIn(email, password, userAgent, kept.get(deviceCookie)?.value).catch(sayRefusal)
        if (user) kept.set(deviceCookie, deviceToken(email), { httpOnly: true, sameSite: 'lax', path: '/api/auth', secure, maxAge: deviceDays * 24 * 3600 })
        return user
      },
    }),
  ],
  callbacks: {
    jwt: ({ token, user }) => (user ? { ...token, sessionId: user.sessionId } : token),
  },
  events: {
    signOut: async ({ token }) => {
      if (token.sessionId) await signOut(token.sessionId)
    },
  },
  // A wrong password is no error of ours, and the address people type is not known to next-auth.
  logger: { warn: () => {} },
})

// next-auth hands an error's message to the form.
const sayRefusal = (error: unknown) => {
  if (error instanceof Refusal) throw new Error(error.message)
  throw error
}
