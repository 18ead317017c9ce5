// Starts servers for tests, each in a directory of its own, and ends them with the test. A test
// fails if one of its servers has ended by itself, or does not end well when it is told to.
'use strict';

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const START_MS = 60000;
const START_ATTEMPTS = 5;
// Below the ports that the kernel hands out, so that no connection takes one before the server.
const FIRST_PORT = 10000;
const PORT_COUNT = 20000;
const RETRY_MS = 10;
const program = process.env.LATCHKEY_SERVER;
const running = new Set();

// A test program that is stopped leaves no server behind.
process.on('SIGTERM', () => process.exit(1));
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// Asks until the condition holds, which may return a promise; throws when it does not in time.
async function until(condition, what, limitMs = START_MS) {
  const deadline = Date.now() + limitMs;
  while (!await condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`);
    await pause(RETRY_MS);
  }
}

function answers(address) {
  return new Promise((resolve) => {
    const socket = net.connect(address);
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', (text) => { socket.destroy(); resolve(text === '+PONG\r\n'); });
    socket.on('error', () => { socket.destroy(); resolve(false); });
    socket.on('close', () => resolve(false));
  });
}

// A TCP port that nobody listens on.
async function freePort() {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORT_COUNT);
    const listener = net.createServer().listen(port, '127.0.0.1');
    const isFree = await once(listener, 'listening').then(() => true, () => false);
    if (isFree) {
      listener.close();
      await once(listener, 'close');
      return port;
    }
  }
}

class Server {
  constructor(port, options) {
    this.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'latchkey-node-'));
    this.port = port;
    this.path = path.join(this.directory, 'socket');
    this.options = options;
    this.killed = false;
  }

  async start() {
    const log = fs.openSync(path.join(this.directory, 'log'), 'a');
    this.process = spawn(program, ['--port', String(this.port), '--bind', '127.0.0.1',
      '--unixsocket', this.path, '--dir', this.directory, '--save', '', ...this.options],
    { stdio: ['ignore', log, log] });
    fs.closeSync(log);
    running.add(this.process);
    this.end = once(this.process, 'exit');
    this.killed = false;
    await until(async () => this.process.exitCode !== null || answers({ path: this.path }),
      `${program} answers`);
    if (this.process.exitCode !== null) throw new Error(`no start: ${this.log()}`);
  }

  log() {
    return fs.readFileSync(path.join(this.directory, 'log'), 'utf8').slice(-4000);
  }

  // Ends it as a crash would.
  async kill() {
    this.killed = true;
    this.process.kill('SIGKILL');
    await this.end;
    running.delete(this.process);
  }

  async stop() {
    if (!this.killed) {
      this.process.kill('SIGTERM');
      const [status, signal] = await this.end;
      running.delete(this.process);
      if (status !== 0) {
        throw new Error(`a server ended with ${status ?? signal}:\n${this.log()}`);
      }
    }
    fs.rmSync(this.directory, { recursive: true });
  }
}

// Starts a server that listens on a Unix socket (`path`) and on TCP (`port`) until the test ends.
async function startServer(test, options = []) {
  for (let attempt = 1; ; attempt += 1) {
    const server = new Server(await freePort(), options);
    try {
      await server.start();
      test.after(() => server.stop());
      return server;
    } catch (error) {
      // Another test may have taken the port meanwhile.
      running.delete(server.process);
      server.process.kill('SIGKILL');
      if (attempt === START_ATTEMPTS || !server.log().includes('already in use')) throw error;
    }
  }
}

module.exports = { startServer, until };
