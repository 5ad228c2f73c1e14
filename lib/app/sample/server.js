// The sample app: answers every request with a page that says which release answered.
const { createServer } = require('node:http')

const greeting = process.env.GREETING || 'Hello from Davit'
const port = Number(process.env.PORT)

const page = () => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sample</title>
<body style="font: 16px/1.6 system-ui; max-width: 36rem; margin: 20vh auto; padding: 0 1rem">
<h1></h1>
<p>This page was served by process ${process.pid} on port ${port}, started at ${started}.</p>
<p>Set the variable <code>GREETING</code>, scale <code>web</code>, or deploy the branch <code>broken</code>
to see a release that fails its health check and is put back.</p>
</body>
</html>`

const started = new Date().toISOString()
const escaped = greeting.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

createServer((request, response) => {
  console.log(`${request.method} ${request.url}`)
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(page().replace('<h1></h1>', `<h1>${escaped}</h1>`))
}).listen(port, () => console.log(`listening on ${port}`))

process.on('SIGTERM', () => process.exit(0))
