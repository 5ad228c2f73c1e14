// The sample app's second service: does nothing but say, every ten seconds, that it is alive.
console.log('the worker is up')
setInterval(() => console.log('still working'), 10_000)
process.on('SIGTERM', () => process.exit(0))
