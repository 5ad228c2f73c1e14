// What the containers of the driver contract run: `node behave.js BEHAVIOUR`.
const { spawn } = require('node:child_process')
const { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs')
const { createServer } = require('node:http')
const { join, relative } = require('node:path')

const say = (text) => process.stdout.write(`${text}\n`)
const volume = process.env.VOLUME
const stay = () => setInterval(() => {}, 60_000)
const listen = (answer, word) => createServer(answer).listen(Number(process.env.PORT), () => say(word))
const page = (request, response) => {
  response.statusCode = request.url === '/' ? 200 : 404
  response.end()
}

const behaviours = {
  serve() {
    process.on('SIGTERM', () => {
      say('told to stop')
      process.exit(0)
    })
    listen(page, 'serving')
  },
  'never listen'() {
    say('deaf')
    stay()
  },
  'never come up'() {
    say('asleep')
    stay()
  },
  crash() {
    say('cannot find the moon')
    process.exitCode = 3
  },
  'say three lines'() {
    say('one\ntwo\nthree')
  },
  'ignore SIGTERM'() {
    process.on('SIGTERM', () => {})
    listen(page, 'stubborn')
  },
  'wait for a poke'() {
    listen((request, response) => {
      say('poked')
      response.end(() => process.exit(7))
    }, 'waiting')
  },
  scatter() {
    process.on('SIGTERM', () => {})
    const child = ['-e', 'process.on("SIGTERM", () => {}); console.log("here"); setInterval(() => {}, 60_000)']
    let here = 0
    for (let i = 0; i < 2; i++) {
      const grandchild = spawn(process.execPath, child, { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
      grandchild.stdout.once('data', () => ++here === 2 && say('scattered'))
    }
    stay()
  },
  'tell variables'() {
    for (const name of ['GREETING', 'PORT']) say(`${name}=${JSON.stringify(process.env[name])}`)
  },
  'say a long line'() {
    say(`${'x'.repeat(100_000)}\nafter`)
  },
  'keep a count'() {
    mkdirSync(`${volume}/counts`, { recursive: true })
    const path = `${volume}/counts/count`
    const count = (existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0) + 1
    writeFileSync(path, String(count))
    say(`count ${count}`)
  },
  'tell volume'() {
    const entries = readdirSync(volume, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const paths = entries.map((entry) => relative(volume, join(entry.parentPath, entry.name))).sort()
    for (const path of paths) say(`${path}: ${readFileSync(join(volume, path), 'utf8')}`)
  },
  'say who is told'() {
    const signals = ['SIGINT', 'SIGTERM', 'SIGQUIT']
    const listening = `for (const signal of ${JSON.stringify(signals)}) process.on(signal, () => { told = true }); let told = false; process.on('message', () => process.send(told)); process.send('here')`
    const other = spawn(process.execPath, ['-e', listening], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    const end = (signal, told) => {
      say(`${signal} for ${told ? 'two' : 'one'}`)
      other.kill('SIGKILL')
      process.exit(0)
    }
    for (const signal of signals) {
      process.on(signal, () => {
        other.once('message', (told) => end(signal, told))
        other.send('were you told?')
      })
    }
    other.once('message', () => say('two of us'))
  },
  'end in mid-line'() {
    process.stdout.write('before the end')
  },
}

behaviours[process.argv[2]]()
