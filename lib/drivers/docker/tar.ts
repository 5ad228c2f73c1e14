const blockBytes = 512

/** What a tar archive says of a file before its content. */
export interface Entry {
  name: string
  bytes: number
  mode: number
}

/** Of root; the name is to be short enough for the oldest kind of archive. */
export function headerOf({ name, bytes, mode }: Entry): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`"${name}" is too long for an archive`)
  const block = Buffer.alloc(blockBytes)
  const octal = (value: number, at: number, digits: number) => block.write(value.toString(8).padStart(digits, '0'), at, 'latin1')
  block.write(name, 0)
  octal(mode, 100, 7)
  octal(0, 108, 7)
  octal(0, 116, 7)
  octal(bytes, 124, 11)
  octal(Math.floor(Date.now() / 1000), 136, 11)
  block.write('0', 156)
  block.write('ustar\u000000', 257, 'latin1')
  // Its own sum counts as blanks.
  block.fill(' ', 148, 156)
  octal(block.reduce((sum, byte) => sum + byte, 0), 148, 6)
  block.write('\0 ', 154, 'latin1')
  return block
}

/** Up to the next whole block. */
export const paddingOf = (bytes: number) => Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes)

export const archiveEnd = Buffer.alloc(2 * blockBytes)

/** Of one file, for those who may write to a container that has not been started. */
export function archiveOf(name: string, text: string, mode: number): Buffer {
  const content = Buffer.from(text)
  return Buffer.concat([headerOf({ name, bytes: content.length, mode }), content, paddingOf(content.length), archiveEnd])
}
