import type { NextAuthOptions } from 'next-auth'
import CredentialsProvider from 'next-auth/providers/credentials'
import { config } from '../config.ts'
import { Refusal } from '../refusal.ts'
import { derivedKey } from '../secret/key.ts'
import { SignIn } from './schema.ts'
import { endSession } from './sessions.ts'
import { sessionDays, signIn } from './sign-in.ts'

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

const secure = config.url.startsWith('https:')

export const sessionCookie = secure ? '__Secure-davit.session' : 'davit.session'
export const sessionSecret = () => derivedKey('sessions').toString('base64')

/** Made on demand: a build must not need the installation's key. */
export const authOptions = (): NextAuthOptions => ({
  secret: sessionSecret(),
  useSecureCookies: secure,
  session: { strategy: 'jwt', maxAge: sessionDays * 24 * 3600 },
  pages: { signIn: '/login', error: '/login' },
  cookies: { sessionToken: { name: sessionCookie, options: { httpOnly: true, sameSite: 'lax', path: '/', secure } } },
  providers: [
    CredentialsProvider({
      credentials: { email: { type: 'email' }, password: { type: 'password' } },
      authorize: async (credentials) => {
        const given = SignIn.safeParse(credentials)
        return given.success ? await signIn(given.data.email, given.data.password).catch(sayRefusal) : null
      },
    }),
  ],
  callbacks: {
    jwt: ({ token, user }) => (user ? { ...token, sessionId: user.sessionId } : token),
  },
  events: {
    signOut: async ({ token }) => {
      if (token.sessionId) await endSession(token.sessionId)
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
