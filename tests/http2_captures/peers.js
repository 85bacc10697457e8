// A server that does with HTTP/2 what others seldom do, and the client that asks it for that: `node peers.js serve|ask PORT`.
'use strict';
const http2 = require('node:http2');
const port = Number(process.argv[3]);
const codes = http2.constants;

const answers = {
  '/ok': (stream) => { stream.respond({ ':status': 200, server: 'node' }); stream.end('fine'); },
  '/trailers': (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '14', 'grpc-message': 'gone' }));
    stream.end('\0\0\0\0\x01x');
  },
  '/early': (stream) => {
    stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
    stream.respond({ ':status': 200 });
    stream.end('later');
  },
  '/refused': (stream) => stream.close(codes.NGHTTP2_REFUSED_STREAM),
  '/broken': (stream) => {
    stream.respond({ ':status': 200, 'content-length': 1000 });
    stream.write('half');
    setTimeout(() => stream.close(codes.NGHTTP2_INTERNAL_ERROR), 50);
  },
  '/large-head': (stream) => {
    const headers = { ':status': 200 };
    for (let n = 0; n < 40; n += 1) headers[`x-large-${n}`] = String(n % 10).repeat(900);
    stream.respond(headers, { endStream: true });
  },
  '/push': (stream) => {
    stream.pushStream({ ':path': '/pushed' }, (error, pushed) => {
      if (!error) { pushed.respond({ ':status': 200 }); pushed.end('pushed'); }
      stream.respond({ ':status': 200 });
      stream.end('pusher');
    });
  },
  '/slow': () => {},
  '/goaway': (stream) => {
    stream.respond({ ':status': 503 });
    stream.end('no more');
    stream.session.goaway(codes.NGHTTP2_ENHANCE_YOUR_CALM, stream.id);
    setTimeout(() => stream.session.destroy(), 100);
  },
};

function serve() {
  const server = http2.createServer();
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    const answer = answers[headers[':path'].split('?')[0]];
    if (answer) answer(stream);
    else { stream.respond({ ':status': 404 }); stream.end(); }
  });
  server.on('sessionError', () => {});
  server.listen(port, '127.0.0.1');
}

function request(session, path, body) {
  return new Promise((resolve) => {
    const stream = session.request({ ':path': path, ':method': body ? 'POST' : 'GET', cookie: 'a=b; c=d' });
    stream.on('error', () => {});
    stream.on('close', resolve);
    stream.resume();
    stream.end(body);
    if (path === '/slow') setTimeout(() => stream.close(codes.NGHTTP2_CANCEL), 100);
  });
}

async function ask() {
  for (const paths of [Object.keys(answers), ['/ok', '/goaway', '/ok']]) {
    const session = http2.connect(`http://127.0.0.1:${port}`, { settings: { enablePush: paths.length > 3 } });
    session.on('error', () => {});
    session.on('stream', (pushed) => { pushed.on('error', () => {}); pushed.resume(); });
    const asked = paths.filter((path) => path !== '/goaway' || paths.length === 3);
    if (paths.length === 3) await Promise.all([...asked, '/slow'].map((path) => request(session, path)));
    else for (const path of asked) await request(session, path);
    if (paths.length > 3) await request(session, '/ok', 'p'.repeat(100000));
    session.close();
  }
}

if (process.argv[2] === 'serve') serve();
else ask().then(() => process.exit(0));
