"""The shop's application in Node, alone or behind a web server."""

import os

from .program import Program
from .shop import Shop

SCRIPT = r"""
const http = require('http'), https = require('https'), tls = require('tls'), fs = require('fs');
const settings = JSON.parse(fs.readFileSync(process.argv[2]));
const shop = JSON.parse(fs.readFileSync(settings.shop));
const log = fs.createWriteStream(settings.access, { flags: 'a' });
const text = '<html><head><title>Shop</title></head><body><h1>Lamps</h1>' + '<p>A fine lamp for every room.</p>'.repeat(24) + '</body></html>';
const perClient = new Map();
const pool = { free: settings.pool || 2, waiting: 0 };
function pause(seconds) { return new Promise(done => setTimeout(done, seconds * 1000)); }
async function raw(socket, one) {
  if (one.wait) await pause(one.wait);
  if (one.data) socket.write(Buffer.from(one.data, 'base64'));
  if (one.pause) await pause(one.pause);
  if (one.rest) socket.write(Buffer.from(one.rest, 'base64'));
}
async function pooled(one) {
  const until = Date.now() + 1500;
  while (pool.free === 0) {
    if (Date.now() > until) throw new Error('Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a .transacting(trx) call?');
    await pause(0.02);
  }
  pool.free--;
  try { await pause(one.wait || 0.01); } finally { pool.free++; }
}
async function serve(request, response) {
  const begun = Date.now(), name = request.url.split('?')[0], one = shop.paths[name], socket = request.socket;
  const row = { t: begun / 1000, addr: socket.remoteAddress.replace('::ffff:', ''), port: socket.remotePort, method: request.method, uri: request.url,
    agent: request.headers['user-agent'] || '', ray: request.headers['cf-ray'] || '', host: request.headers.host || '', xff: request.headers['x-forwarded-for'] || '' };
  const done = (status, bytes) => { row.status = status; row.bytes = bytes; row.rt = (Date.now() - begun) / 1000; log.write(JSON.stringify(row) + '\n'); };
  const answer = (status, body, type) => {
    response.writeHead(status, { 'Content-Type': type || 'text/html; charset=utf-8', 'Content-Length': Buffer.byteLength(body), 'X-Powered-By': 'Express' });
    response.end(request.method === 'HEAD' ? undefined : body); done(status, Buffer.byteLength(body)); };
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  if (settings.perClient) {
    const used = (perClient.get(row.addr) || 0) + 1; perClient.set(row.addr, used);
    if (used > settings.perClient) return answer(429, '{"error":"Too many requests, please try again later."}', 'application/json');
  }
  if (settings.refuseChunked && request.headers['transfer-encoding']) return answer(411, '<h1>Length Required</h1>');
  if (settings.redirectHost && request.headers.host === settings.redirectHost) {
    response.writeHead(301, { Location: 'https://' + request.headers.host + request.url, 'Content-Length': 0 }); response.end(); return done(301, 0); }
  if (one && one.do === 'raw') {
    row.status = 0; await raw(socket, one);
    done(0, 0);
    // The server itself does not know that this was an answer and would serve nothing more on this connection.
    if (one.then === 'reset') socket.resetAndDestroy(); else socket.end();
    return; }
  if (one && one.do === 'crash') { await pause(0.03); process.kill(process.pid, 'SIGSEGV'); await pause(1); }
  if (one && one.do === 'memory') { const all = []; for (;;) { all.push(Buffer.alloc(4 << 20, 1)); await pause(0.004); } }
  if (one && one.do === 'pool') {
    try { await pooled(one); } catch (error) {
      console.error(new Date().toISOString() + ' ERROR ' + request.method + ' ' + request.url + ' ' + error.name + ': ' + error.message);
      return answer(500, '{"error":"internal"}', 'application/json'); } }
  await pause(0.002 + Math.random() * 0.015 + shop.delay + (one && one.do === 'ok' ? one.wait : 0));
  if (['/favicon.ico', '/robots.txt', '/wp-login.php'].includes(name)) return answer(404, '<h1>Not Found</h1>');
  if (name.startsWith('/api/')) return answer(200, '{"items":[{"id":101,"name":"lamp"}],"page":1}', 'application/json');
  answer(200, text);
}
let server;
if (settings.tls.length && !settings.plain) {
  const contexts = {};
  for (const host of settings.tls) contexts[host.name] = tls.createSecureContext({ cert: fs.readFileSync(host.base + '.pem'), key: fs.readFileSync(host.base + '.key'),
    ca: host.client_authority ? fs.readFileSync(host.client_authority) : undefined, ciphers: host.ciphers || undefined, minVersion: 'TLSv' + host.minimum, maxVersion: 'TLSv' + host.maximum });
  const first = settings.tls[0];
  const known = new Set(settings.tls.filter(host => !host.reject).map(host => host.name));
  server = https.createServer({ cert: fs.readFileSync(first.base + '.pem'), key: fs.readFileSync(first.base + '.key'), minVersion: 'TLSv' + first.minimum,
    maxVersion: 'TLSv' + first.maximum, ciphers: first.ciphers || undefined, ALPNProtocols: settings.alpn.length ? settings.alpn : ['http/1.1'],
    requestCert: settings.tls.some(host => host.client_authority), rejectUnauthorized: settings.tls.some(host => host.client_authority), ca: first.client_authority ? fs.readFileSync(first.client_authority) : undefined,
    SNICallback: (name, done) => known.has(name) ? done(null, contexts[name]) : done(new Error('unrecognized_name')) }, serve);
  server.on('tlsClientError', (error, socket) => console.error(new Date().toISOString() + ' tlsClientError ' + (error.code || '') + ' ' + error.message + ' ' + socket.remoteAddress));
} else server = http.createServer({ maxHeaderSize: settings.headerLimit || 16384 }, serve);
server.keepAliveTimeout = settings.keepalive * 1000;
if (settings.cap) server.on('connection', socket => { let count = 0; socket.on('data', () => { count++; if (count >= settings.cap) setTimeout(() => socket.end(), 90); }); });
server.listen({ port: settings.port, host: settings.address, backlog: settings.backlog }, () => console.log(new Date().toISOString() + ' listening on ' + settings.port));
process.on('SIGTERM', () => { console.log(new Date().toISOString() + ' SIGTERM received, closing server'); server.close(() => process.exit(0)); server.closeAllConnections(); });
"""


class Node(Program):
    """`supervised`: it is started anew when it dies, and the log of the unit says so."""

    name = "node"

    def __init__(self, lab, shop: Shop, port: int = 80, address: str = "0.0.0.0", **settings):
        super().__init__(lab)
        self.port, self.files_limit = port, settings.pop("files_limit", None)
        self.settings = {
            "port": port,
            "address": address,
            "keepalive": 65,
            "backlog": 511,
            "tls": [],
            "alpn": [],
            "plain": False,
            "access": os.path.join(self.log, "access.log"),
            "shop": shop.write(self.folder),
        } | settings
        self.logs = [
            (self.settings["access"], "access", "app/access.log"),
            (os.path.join(self.log, "stderr.log"), "app", "app/error.log"),
            (os.path.join(self.log, "stdout.log"), "app", "app/out.log"),
        ]

    def configure(self) -> None:
        import json

        self.write("app.js", SCRIPT)
        self.write("settings.json", json.dumps(self.settings))

    def command(self) -> list[str]:
        return ["node", "app.js", "settings.json"]
