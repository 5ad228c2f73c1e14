/** 512 B, 2.5 KB, 256 MB, 1.5 GB. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KB`
  return bytes < 1024 ** 3 ? `${(bytes / 1024 ** 2).toFixed(1)} MB` : `${(bytes / 1024 ** 3).toFixed(1)} GB`
}

/** As somebody has given it: 256 MB, 2 GB; in megabytes where it is no whole tenth of a gigabyte. */
export function formatMegabytes(megabytes: number): string {
  const gigabytes = megabytes / 1024
  return megabytes >= 1024 && Number.isInteger(gigabytes * 10) ? `${gigabytes} GB` : `${megabytes.toLocaleString('en')} MB`
}
