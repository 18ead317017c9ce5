// node-redis keeps what it has read, and the server says what is no longer so.
'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { BasicClientSideCache, createClient } = require('redis');
const { startServer, until } = require('./servers');

const LIMIT = { timeout: 240000 };
const KEYS = 50;
const ROUNDS = 40;

async function connect(t, server, options = {}) {
  const client = createClient({ url: `redis://127.0.0.1:${server.port}`, RESP: 3, ...options });
  client.on('error', () => {}); // A lost connection is said by the commands that need it.
  t.after(() => client.destroy());
  return client.connect();
}

// A client that keeps what it reads, and its cache, which counts.
async function connectCaching(t, server) {
  const cache = new BasicClientSideCache({ maxEntries: 0, ttl: 0, recordStats: true });
  return { client: await connect(t, server, { clientSideCache: cache }), cache };
}

// Carries out a change and waits until the cache has learned of it.
async function invalidated(cache, change) {
  const [, [key]] = await Promise.all([change(), once(cache, 'invalidate')]);
  return key === null ? null : key.toString();
}

// Lets the key expire after the client has read it, which it may be too slow for at first.
async function expireWhileKept(client, cache, writer) {
  const script = "return redis.call('SET', KEYS[1], 'by script', 'PX', ARGV[1])";
  for (let ms = 20; ; ms *= 2) {
    const options = { keys: ['key'], arguments: [String(ms)] };
    assert.equal(await invalidated(cache, () => writer.eval(script, options)), 'key');
    const expired = once(cache, 'invalidate');
    const value = await client.get('key');
    if (value !== null) {
      assert.equal(value, 'by script');
      assert.equal((await expired)[0].toString(), 'key');
      return;
    }
  }
}

test('a value is asked for once, and again after it has changed', LIMIT, async (t) => {
  const server = await startServer(t);
  const { client, cache } = await connectCaching(t, server);
  const writer = await connect(t, server);
  await writer.set('key', 'first');
  for (let i = 0; i < 10; i += 1) assert.equal(await client.get('key'), 'first');
  assert.deepEqual([cache.stats().missCount, cache.stats().hitCount], [1, 9]);
  assert.match(await writer.info('commandstats'), /cmdstat_get:calls=1,/);

  assert.equal(await invalidated(cache, () => writer.append('key', ' and more')), 'key');
  assert.equal(await client.get('key'), 'first and more');
  const transaction = writer.multi().del('key').set('x', 'y');
  assert.equal(await invalidated(cache, () => transaction.exec()), 'key');
  assert.equal(await client.get('key'), null);
  assert.equal(await invalidated(cache, () => client.set('key', 'own')), 'key');
  assert.equal(await client.get('key'), 'own');
  await expireWhileKept(client, cache, writer);
  assert.equal(await client.get('key'), null);

  await writer.hSet('hash', 'f', 'v');
  assert.equal(await client.hGet('hash', 'f'), 'v');
  assert.deepEqual(await client.mGet(['a', 'b']), [null, null]);
  assert.equal(await invalidated(cache, () => writer.set('b', '2')), 'b');
  assert.deepEqual(await client.mGet(['a', 'b']), [null, '2']);
  assert.equal(await invalidated(cache, () => writer.flushAll()), null);
  assert.equal(await client.hGet('hash', 'f'), null);
});

test('caches agree with the server after thousands of changes', LIMIT, async (t) => {
  const server = await startServer(t, ['--tracking-table-max-keys', '20']);
  const readers = await Promise.all(Array.from({ length: 3 }, () => connectCaching(t, server)));
  const writer = await connect(t, server);
  const names = Array.from({ length: KEYS }, (_, i) => `key:${i}`);
  for (let round = 0; round < ROUNDS; round += 1) {
    await Promise.all([
      ...names.map((name, i) => (
        (i + round) % 3 ? writer.set(name, `${round}`) : writer.incr(name))),
      ...readers.flatMap(({ client }) => names.map((name) => client.get(name))),
    ]);
  }
  const values = await writer.mGet(names);
  for (const { client, cache } of readers) {
    await client.ping(); // Its reply comes after the news of all that was changed.
    assert.deepEqual(await Promise.all(names.map((name) => client.get(name))), values);
    assert.ok(cache.stats().hitCount > 0);
  }
});

test('a connection that is lost takes its cache with it', LIMIT, async (t) => {
  const server = await startServer(t);
  const { client, cache } = await connectCaching(t, server);
  await client.set('key', 'old');
  assert.equal(await client.get('key'), 'old');
  await server.kill();
  await until(() => !client.isReady, 'the connection is lost');
  assert.equal(cache.size(), 0);
  await server.start();
  await until(() => client.isReady, 'connected again');
  assert.equal(await client.get('key'), null);
  const other = await connect(t, server);
  assert.equal(await invalidated(cache, () => other.set('key', 'new')), 'key');
  assert.equal(await client.get('key'), 'new');
});
