import { promisify } from 'node:util'
import { constants, crc32, deflateRaw } from 'node:zlib'

const compress = promisify(deflateRaw)
/** Activity shrinks to a tenth with the fastest level; the next ones take twice the time for little. */
const level = 1
/** RFC 1952: gzip, deflate, no flags, no time, and the system is not told: the same bytes every time. */
const head = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
/** An empty last block. */
const lastBlock = [0x03, 0x00]

/**
 * One gzip file made in pieces, each compressed by itself off the main thread. A file of several members would be
 * simpler, but browsers stop after the first.
 */
export function beginGzip() {
  let sum = 0
  let size = 0
  let begun = false
  return {
    async piece(data: Buffer): Promise<Buffer> {
      const before = begun ? [] : [head]
      begun = true
      const compressing = compress(data, { level, finishFlush: constants.Z_SYNC_FLUSH })
      sum = crc32(data, sum)
      size = (size + data.length) % 2 ** 32
      return Buffer.concat([...before, await compressing])
    },
    end(): Buffer {
      const tail = Buffer.alloc(lastBlock.length + 8)
      tail.set(lastBlock)
      tail.writeUInt32LE(sum, lastBlock.length)
      tail.writeUInt32LE(size, lastBlock.length + 4)
      return tail
    },
  }
}
