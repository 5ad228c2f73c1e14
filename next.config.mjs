import { gzipAccepted } from './lib/download/encoding.ts'

/** @type {import('next').NextConfig} */
const config = {
  // Gzip would hold back lines of event streams and cost more than it saves on log downloads.
  compress: false,
  poweredByHeader: false,
  serverExternalPackages: ['postgres', 'dockerode'],
  experimental: { serverActions: { bodySizeLimit: '2mb' }, authInterrupts: true },
  // They make paths at run time: for a container's output, and for the sample's repository.
  turbopack: { ignoreIssue: ['**/lib/drivers/**', '**/lib/app/sample.ts'].map((path) => ({ path, title: /tracing of the whole project/ })) },
  headers: async () => [
    {
      source: '/:path*',
      headers: [
        { key: 'X-Content-Type-Options', value: 'nosniff' },
        { key: 'Referrer-Policy', value: 'same-origin' },
        { key: 'X-Frame-Options', value: 'DENY' },
        { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
        { key: 'Permissions-Policy', value: 'camera=(), microphone=(), geolocation=()' },
      ],
    },
    {
      // Reports are stored compressed and go out as they are. Next drops this header when a route sets it.
      source: '/api/environments/:environment/reports/:report/csv',
      has: [{ type: 'header', key: 'accept-encoding', value: gzipAccepted }],
      headers: [{ key: 'Content-Encoding', value: 'gzip' }],
    },
  ],
}

export default config
