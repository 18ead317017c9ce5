// A queue over ioredis: 4 producers LPUSH 20,000 messages, 4 consumers BRPOP them. Prints what was
// lost or came twice, and ends with status 0 only if nothing did.
//
//   node queue.js SOCKET
'use strict';

const Redis = require('ioredis');

const MESSAGES = 20000;
const PRODUCERS = 4;
const CONSUMERS = 4;
const path = process.argv[2];

async function produce(index) {
  const client = new Redis({ path });
  for (let i = index; i < MESSAGES; i += PRODUCERS) {
    await client.lpush('queue', `message-${i}`);
  }
  await client.quit();
}

async function consume(seen) {
  const client = new Redis({ path });
  for (;;) {
    const [, message] = await client.brpop('queue', 0);
    if (message === 'stop') break;
    seen.push(message);
  }
  await client.quit();
}

async function main() {
  const perConsumer = Array.from({ length: CONSUMERS }, () => []);
  const consumers = perConsumer.map((seen) => consume(seen));
  await Promise.all(Array.from({ length: PRODUCERS }, (_, index) => produce(index)));
  const client = new Redis({ path });
  await client.lpush('queue', ...Array(CONSUMERS).fill('stop'));
  await Promise.all(consumers);
  const counts = new Map();
  for (const message of perConsumer.flat()) {
    counts.set(message, (counts.get(message) || 0) + 1);
  }
  const lost = Array.from({ length: MESSAGES }, (_, i) => `message-${i}`)
    .filter((message) => !counts.has(message)).length;
  const twice = [...counts.values()].filter((count) => count > 1).length;
  const left = await client.llen('queue');
  await client.quit();
  console.log(`${counts.size} messages, ${lost} lost, ${twice} twice, ${left} left`);
  return lost === 0 && twice === 0 && left === 0 && counts.size === MESSAGES;
}

main().then((good) => process.exit(good ? 0 : 1), (error) => {
  console.error(error);
  process.exit(1);
});
