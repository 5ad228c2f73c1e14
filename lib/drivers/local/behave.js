// What the containers of the driver contract run: `node behave.js BEHAVIOUR`.
const { spawn } = require('node:child_process')
const { createServer } = require('node:http')

const say = (text) => process.stdout.write(`${text}\n`)
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
  'end in mid-line'() {
    process.stdout.write('before the end')
  },
}

behaviours[process.argv[2]]()
