import { GeistMono } from 'geist/font/mono'
import { GeistSans } from 'geist/font/sans'
import type { Metadata, Viewport } from 'next'
import { cookies } from 'next/headers'
import './globals.css'

export const metadata: Metadata = { title: { default: 'Davit', template: '%s · Davit' }, robots: 'noindex' }
export const viewport: Viewport = { themeColor: [{ media: '(prefers-color-scheme: dark)', color: '#0e1317' }, { color: '#f9fafb' }] }

export default async function RootLayout({ children }: { children: React.ReactNode }) {
  const theme = (await cookies()).get('davit.theme')?.value
  return (
    <html lang="en" data-theme={theme === 'light' || theme === 'dark' ? theme : undefined} className={`${GeistSans.variable} ${GeistMono.variable}`}>
      <body className="min-h-dvh">{children}</body>
    </html>
  )
}
