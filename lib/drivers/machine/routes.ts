import { readFileSync } from 'node:fs'

/** IPv4 addresses as numbers, both ends included. */
export interface AddressRange {
  first: number
  last: number
}

/**
 * What this machine takes to be right behind one of its interfaces, once for each interface; also behind
 * one that nothing is connected to, which `networkInterfaces` of Node leaves out. None where there is no Linux.
 * Shape: https://man7.org/linux/man-pages/man5/proc_pid_net.5.html and RTF_GATEWAY of linux/route.h.
 */
export const rangesAtHand = (): AddressRange[] => rangesIn(readRoutes())

export function rangesIn(routes: string): AddressRange[] {
  return routes.split('\n').slice(1).flatMap((line) => {
    const [, destination, , flags, , , , mask] = line.split('\t').map((field) => field.trim())
    if (destination === undefined || flags === undefined || mask === undefined || Number.parseInt(flags, 16) & viaGateway) return []
    const [first, size] = [fromRoute(destination), 2 ** 32 - fromRoute(mask)]
    return size > largest ? [] : [{ first, last: first + size - 1 }]
  })
}

const viaGateway = 0x2
/** As 10.0.0.0/8: no network is larger, and what leads to more is the way out, which PPP and tunnels have without a gateway. */
const largest = 2 ** 24

/** As the machine keeps it: the last byte of the number is the address's first. */
const fromRoute = (hex: string) => Buffer.from(hex, 'hex').readUInt32LE()

function readRoutes(): string {
  try {
    return readFileSync('/proc/net/route', 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
