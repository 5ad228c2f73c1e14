/** @type {import('next').NextConfig} */
const config = {
  // Gzip would hold back lines of event streams and cost more than it saves on log downloads.
  compress: false,
  poweredByHeader: false,
  serverExternalPackages: ['postgres'],
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
  ],
}

export default config
