import { type BlockList, isIP } from 'node:net'

/** Set on every request under `npm start`, by lib/start/web.ts, over whatever a client wrote there: Next tells no route the address of its socket. Under `npm run dev` nobody sets it, and nobody believes it. */
export const addressHeader = 'x-davit-address'

/**
 * Who asks: the address of the socket or, where that is a trusted proxy, whom it names. `X-Forwarded-For` is read from its end,
 * which the nearest proxy wrote, only as far as those who wrote it are trusted: its beginning is the client's own invention.
 */
export function clientAddress(peer: string | undefined, forwardedFor: string | undefined, trusted: BlockList): string {
  let address = bare(peer ?? '')
  for (const named of (forwardedFor ?? '').split(',').toReversed()) {
    const next = bare(named.trim())
    if (!isIP(next) || !trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')) break
    address = next
  }
  return address
}

/** What tries are counted under: whoever has one address of an IPv6 network has all of them. */
export function networkOf(address: string): string {
  return isIP(address) === 6 ? `${groupsOf(address).slice(0, 4).join(':')}::/64` : address
}

/** What one customer may have been given whole, and go from network to network in: an IPv6 /48, or an IPv4 /24. */
export function siteOf(address: string): string {
  if (isIP(address) === 6) return `${groupsOf(address).slice(0, 3).join(':')}::/48`
  return isIP(address) === 4 ? address.replace(/\d+$/, '0/24') : address
}

function groupsOf(address: string): string[] {
  const [left = [], right = []] = address.split('::').map((part) => part.split(':').filter(Boolean))
  const groups = [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
  return groups.map((group) => Number.parseInt(group, 16).toString(16))
}

/** Without a port, brackets, or the IPv6 clothes of an IPv4 address. */
function bare(text: string): string {
  const [, inBrackets, withPort] = /^\[(.*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(text) ?? []
  return (inBrackets ?? withPort ?? text).replace(/^::ffff:(?=[\d.]+$)/i, '')
}
