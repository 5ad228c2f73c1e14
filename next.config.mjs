/** @type {import('next').NextConfig} */
const config = {
  // Gzip would hold back lines of event streams and cost more than it saves on log downloads.
  compress: false,
  poweredByHeader: false,
  serverExternalPackages: ['postgres'],
  experimental: { serverActions: { bodySizeLimit: '2mb' } },
  // The local driver, which the web asks for a container's output, makes paths at run time.
  turbopack: { ignoreIssue: [{ path: '**/lib/drivers/**', title: /tracing of the whole project/ }] },
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
