// A queue over ioredis: 4 producers LPUSH 20,000 messages, 4 consumers BRPOP them. None may be lost
// or come twice, and each producer's messages come in order.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const Redis = require('ioredis');
const { startServer } = require('./servers');

const MESSAGES = 20000;
const PRODUCERS = 4;
const CONSUMERS = 4;

async function produce(path, index) {
  const client = new Redis({ path });
  for (let i = index; i < MESSAGES; i += PRODUCERS) {
    await client.lpush('queue', i);
  }
  await client.quit();
}

async function consume(path) {
  const client = new Redis({ path });
  const seen = [];
  for (;;) {
    const [, message] = await client.brpop('queue', 0);
    if (message === 'stop') break;
    seen.push(Number(message));
  }
  await client.quit();
  return seen;
}

test('a queue loses nothing and gives nothing twice', { timeout: 240000 }, async (t) => {
  const { path } = await startServer(t);
  const consumers = Array.from({ length: CONSUMERS }, () => consume(path));
  await Promise.all(Array.from({ length: PRODUCERS }, (_, index) => produce(path, index)));
  const client = new Redis({ path });
  t.after(() => client.disconnect());
  await client.lpush('queue', ...Array(CONSUMERS).fill('stop'));
  const seen = await Promise.all(consumers);
  const all = Array.from({ length: MESSAGES }, (_, i) => i);
  assert.deepEqual(seen.flat().sort((a, b) => a - b), all);
  for (const messages of seen) {
    for (let producer = 0; producer < PRODUCERS; producer += 1) {
      const own = messages.filter((message) => message % PRODUCERS === producer);
      assert.deepEqual(own, [...own].sort((a, b) => a - b));
    }
  }
  assert.equal(await client.llen('queue'), 0);
});
