/** 512 B, 2.5 KB, 256 MB, 1.5 GB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KB`
  return bytes < 1024 ** 3 ? `${(bytes / 1024 ** 2).toFixed(1)} MB` : `${(bytes / 1024 ** 3).toFixed(1)} GB`
}

/** As somebody has given it: 256 MB, 2 GB; in megabytes where it is no whole tenth of a gigabyte. */
export function formatMegabytes(megabytes: number): string {
  return megabytes >= 1024 && isInGigabytes(megabytes) ? `${megabytes / 1024} GB` : inMegabytes(megabytes)
}

/** What is used of a size that somebody has given, both in one unit: 1.3 GB of 2 GB, 1,331 MB of 2,600 MB, 40 MB of 2,048 MB. */
export function formatUse(usedMb: number, ofMb: number): { used: string; of: string } {
  if (usedMb >= 1024 && isInGigabytes(ofMb)) return { used: `${(usedMb / 1024).toFixed(1)} GB`, of: formatMegabytes(ofMb) }
  return { used: inMegabytes(Math.ceil(usedMb)), of: inMegabytes(ofMb) }
}

const isInGigabytes = (megabytes: number) => Number.isInteger((megabytes / 1024) * 10)
const inMegabytes = (megabytes: number) => `${megabytes.toLocaleString('en')} MB`
