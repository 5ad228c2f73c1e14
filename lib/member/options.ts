import type { NextAuthOptions } from 'next-auth'
import CredentialsProvider from 'next-auth/providers/credentials'
import { cookies } from 'next/headers'
import { addressHeader } from '../auth/client-address.ts'
import { deviceCookie, deviceDays, deviceToken } from '../auth/device.ts'
import { lookUpSession } from '../auth/sessions.ts'
import { secure, sessionCookie, sessionSecret } from '../auth/session-cookie.ts'
import { config, inherited } from '../config.ts'
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

// It is asked for where next-auth's cookies and redirects lead, and would be localhost:3000.
inherited.NEXTAUTH_URL = new URL(config.url).origin

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
        const header = (name: string) => String(request.headers?.[name] ?? '')
        if (!given.success) return null
        const { email, password } = given.data
        const kept = await cookies()
        // Under `npm run dev` nothing stands before Next, and a client could write the header itself.
        const address = inherited.NODE_ENV === 'production' ? header(addressHeader) : ''
        const from = { userAgent: header('user-agent'), device: kept.get(deviceCookie)?.value, address }
        const user = await signIn(email, password, from).catch(sayRefusal)
        if (user) kept.set(deviceCookie, deviceToken(email), { httpOnly: true, sameSite: 'lax', path: '/api/auth', secure, maxAge: deviceDays * 24 * 3600 })
        return user
      },
    }),
  ],
  callbacks: {
    jwt: ({ token, user }) => (user ? { ...token, sessionId: user.sessionId } : token),
    session: async ({ session, token }) => {
      const actor = token.sessionId ? await lookUpSession(token.sessionId) : null
      // As next-auth answers who is signed out: the token alone says nothing of whether its session has ended.
      return actor ? { ...session, user: { name: actor.name, email: actor.email } } : ({} as typeof session)
    },
  },
  events: {
    signOut: async ({ token }) => {
      if (token.sessionId) await signOut(token.sessionId)
    },
  },
  // A wrong password is no error of ours.
  logger: { warn: () => {} },
})

// next-auth hands an error's message to the form.
const sayRefusal = (error: unknown) => {
  if (error instanceof Refusal) throw new Error(error.message)
  throw error
}
