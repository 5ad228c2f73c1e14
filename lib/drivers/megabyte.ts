/** What every size in MB counts, in bytes. */
export const megabyte = 1024 ** 2
