// ioredis as applications use it: commands, pipelines, subscribers, scripts, and connections that
// break.
'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const Redis = require('ioredis');
const { startServer, until } = require('./servers');

const LIMIT = { timeout: 240000 };

// Options of a client of the server that is closed when the test ends.
function connect(t, server, options = {}) {
  const client = new Redis({ path: server.path, ...options });
  client.on('error', () => {}); // A lost connection is said by the commands that need it.
  t.after(() => client.disconnect());
  return client;
}

test('values of all types come back as they were written', LIMIT, async (t) => {
  const server = await startServer(t);
  const redis = connect(t, server);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

  assert.equal(await redis.set('bytes', bytes), 'OK');
  assert.deepEqual(await redis.getBuffer('bytes'), bytes);
  assert.equal(await redis.set('bytes', 'x', 'NX'), null);
  assert.equal(await redis.set('bytes', 'x', 'EX', 100, 'GET'), bytes.toString());
  assert.ok(await redis.ttl('bytes') > 90);
  assert.equal(await redis.incrbyfloat('float', '0.1'), '0.1');
  assert.deepEqual(await redis.mget('bytes', 'absent', 'float'), ['x', null, '0.1']);

  assert.equal(await redis.hset('hash', { name: 'Ada', born: 1815, empty: '' }), 3);
  assert.deepEqual(await redis.hgetall('hash'), { name: 'Ada', born: '1815', empty: '' });
  assert.deepEqual(await redis.hgetall('absent'), {});
  assert.equal(await redis.rpush('list', 1, 2, 3, 4), 4);
  assert.equal(await redis.lmove('list', 'list2', 'RIGHT', 'LEFT'), '4');
  assert.deepEqual(await redis.lrange('list', -2, -1), ['2', '3']);
  assert.equal(await redis.sadd('set', 'c', 'a', 'b', 'a'), 3);
  assert.deepEqual((await redis.smembers('set')).sort(), ['a', 'b', 'c']);
  assert.deepEqual(await redis.smismember('set', 'a', 'z'), [1, 0]);
  assert.equal(await redis.zadd('zset', 'CH', 1.5, 'one', '+inf', 'end', -3, 'low'), 3);
  assert.deepEqual(await redis.zrange('zset', 0, -1, 'WITHSCORES'),
    ['low', '-3', 'one', '1.5', 'end', 'inf']);
  assert.deepEqual(await redis.zrange('zset', '+inf', '(-3', 'BYSCORE', 'REV'), ['end', 'one']);
  await redis.geoadd('geo', 13.361389, 38.115556, 'Palermo', 15.087269, 37.502669, 'Catania');
  assert.equal(await redis.geodist('geo', 'Palermo', 'Catania', 'km'), '166.2742');
  assert.deepEqual(await redis.geosearch('geo', 'FROMLONLAT', 15, 37, 'BYRADIUS', 200, 'km', 'ASC'),
    ['Catania', 'Palermo']);
  assert.equal(await redis.pfadd('visitors', ...Array.from({ length: 100 }, (_, i) => i)), 1);
  assert.ok(Math.abs(await redis.pfcount('visitors') - 100) <= 2);
  assert.equal(await redis.setbit('bits', 9, 1), 0);
  assert.deepEqual(await redis.bitfield('bits', 'GET', 'u8', 8, 'SET', 'u4', 0, 15), [64, 0]);

  await assert.rejects(redis.lpush('hash', 'x'),
    /^ReplyError: WRONGTYPE Operation against a key holding the wrong kind of value$/);
  await assert.rejects(redis.call('get'), /ERR wrong number of arguments for 'get' command/);
  await assert.rejects(redis.call('nonsense', 'a'), /ERR unknown command 'nonsense'/);
});

test('scan streams see each key once in an unchanging keyspace', LIMIT, async (t) => {
  const redis = connect(t, await startServer(t), { keyPrefix: 'app:' });
  const names = Array.from({ length: 5000 }, (_, i) => `key:${i}`);
  await redis.mset(names.flatMap((name) => [name, 'x']));
  await redis.sadd('set', names);
  const seen = [];
  for await (const keys of redis.scanStream({ match: 'app:key:*', count: 100, type: 'string' })) {
    seen.push(...keys);
  }
  assert.deepEqual(seen.sort(), names.map((name) => `app:${name}`).sort());
  const members = [];
  for await (const some of redis.sscanStream('set')) members.push(...some);
  assert.deepEqual(members.sort(), names.sort());
});

test('streams are read by groups, and what is pending can be claimed', LIMIT, async (t) => {
  const server = await startServer(t);
  const redis = connect(t, server);
  const waiting = connect(t, server);
  await redis.xgroup('CREATE', 'events', 'group', '$', 'MKSTREAM');
  const read = waiting.xreadgroup('GROUP', 'group', 'alice', 'COUNT', 10, 'BLOCK', 0,
    'STREAMS', 'events', '>');
  await until(async () => (await redis.client('LIST')).includes('cmd=xreadgroup'), 'a reader');
  assert.equal(await redis.xadd('events', '7-1', 'kind', 'login', 'user', 'ada'), '7-1');
  assert.deepEqual(await read, [['events', [['7-1', ['kind', 'login', 'user', 'ada']]]]]);
  assert.equal((await redis.xpending('events', 'group'))[0], 1);
  assert.deepEqual(await redis.xautoclaim('events', 'group', 'bob', 0, '0-0'),
    ['0-0', [['7-1', ['kind', 'login', 'user', 'ada']]], []]);
  assert.equal(await redis.xack('events', 'group', '7-1'), 1);
  assert.deepEqual(await redis.xpending('events', 'group'), [0, null, null, null]);
});

test('pipelines answer in order, errors in their places', LIMIT, async (t) => {
  const redis = connect(t, await startServer(t));
  const pipeline = redis.pipeline();
  for (let i = 0; i < 20000; i += 1) {
    if (i % 1000 === 999) pipeline.lpush('counter', i);
    else pipeline.incr('counter');
  }
  const results = await pipeline.exec();
  let counter = 0;
  results.forEach(([error, value], i) => {
    if (i % 1000 === 999) {
      assert.match(error.message, /^WRONGTYPE/);
    } else {
      counter += 1;
      assert.equal(error, null);
      assert.equal(value, counter);
    }
  });
  assert.equal(counter, 19980);
});

test('commands of one tick are pipelined by the client', LIMIT, async (t) => {
  const redis = connect(t, await startServer(t), { enableAutoPipelining: true });
  const values = Array.from({ length: 2000 }, (_, i) => `value ${i}`);
  await Promise.all(values.map((value, i) => redis.set(`key:${i}`, value)));
  assert.deepEqual(await Promise.all(values.map((_, i) => redis.get(`key:${i}`))), values);
});

test('transactions are carried out whole, or not at all', LIMIT, async (t) => {
  const server = await startServer(t);
  const redis = connect(t, server);
  const other = connect(t, server);
  assert.deepEqual(await redis.multi().set('a', 1).incr('a').lpush('a', 'x').get('a').exec()
    .then((results) => results.map(([error, value]) => (error ? error.message : value))),
  ['OK', 2, 'WRONGTYPE Operation against a key holding the wrong kind of value', '2']);

  await redis.watch('a');
  await other.incr('a');
  assert.equal(await redis.multi().set('a', 'lost').exec(), null);
  await redis.watch('a');
  assert.deepEqual(await redis.multi().get('a').exec(), [[null, '3']]);

  await assert.rejects(redis.multi().set('a', 'lost').call('get').exec(),
    /EXECABORT Transaction discarded because of previous errors\./);
  assert.equal(await redis.get('a'), '3');
});

test('subscribers get what is published, and only that', LIMIT, async (t) => {
  const server = await startServer(t);
  const redis = connect(t, server);
  const subscriber = connect(t, server);
  const sharded = connect(t, server);
  const seen = [];
  subscriber.on('message', (channel, message) => seen.push(['message', channel, message]));
  subscriber.on('pmessage', (...message) => seen.push(['pmessage', ...message]));
  sharded.on('smessage', (channel, message) => seen.push(['smessage', channel, message]));
  assert.equal(await subscriber.subscribe('news', 'weather'), 2);
  assert.equal(await subscriber.psubscribe('n?ws', 'user:*'), 4);
  assert.equal(await sharded.ssubscribe('shard'), 1);
  assert.deepEqual(await redis.pubsub('NUMSUB', 'news', 'sport'), ['news', 1, 'sport', 0]);
  assert.equal(await redis.pubsub('NUMPAT'), 2);

  assert.equal(await redis.publish('news', 'one'), 2);
  assert.equal(await redis.publish('sport', 'none'), 0);
  assert.equal(await redis.publish('user:7', 'two'), 1);
  assert.equal(await redis.spublish('shard', 'three'), 1);
  assert.equal(await subscriber.unsubscribe('news'), 3);
  assert.equal(await subscriber.punsubscribe('n?ws', 'user:*'), 1);
  assert.equal(await redis.publish('news', 'none'), 0);
  assert.equal(await redis.publish('weather', 'four'), 1);
  await until(() => seen.length >= 5, 'five messages');
  assert.deepEqual(seen.filter(([kind]) => kind === 'smessage'), [['smessage', 'shard', 'three']]);
  assert.deepEqual(seen.filter(([kind]) => kind !== 'smessage'), [
    ['message', 'news', 'one'],
    ['pmessage', 'n?ws', 'news', 'one'],
    ['pmessage', 'user:*', 'user:7', 'two'],
    ['message', 'weather', 'four'],
  ]);
  assert.equal(await subscriber.unsubscribe(), 0);
  assert.equal(await sharded.sunsubscribe(), 0);
  assert.equal(await subscriber.set('usual', 'again'), 'OK');
});

test('subscribers learn of keys that expire', LIMIT, async (t) => {
  const server = await startServer(t);
  const redis = connect(t, server);
  const subscriber = connect(t, server, { db: 3 });
  await redis.config('SET', 'notify-keyspace-events', 'Ex');
  await subscriber.subscribe('__keyevent@3__:expired');
  const message = once(subscriber, 'message');
  await redis.select(3);
  await redis.set('session', 'x', 'PX', 5);
  assert.deepEqual(await message, ['__keyevent@3__:expired', 'session']);
});

test('scripts become commands, loaded again when the server has lost them', LIMIT, async (t) => {
  const redis = connect(t, await startServer(t));
  redis.defineCommand('addAll', {
    numberOfKeys: 1,
    lua: `local sum = 0
      for i = 1, #ARGV do sum = redis.call('INCRBY', KEYS[1], ARGV[i]) end
      return {sum, KEYS[1], ARGV[1], false, {1.9, 'text'}}`,
  });
  redis.defineCommand('either', { lua: "return redis.call('GET', KEYS[1]) or KEYS[#KEYS]" });
  redis.defineCommand('peek', {
    numberOfKeys: 1, readOnly: true, lua: "return redis.call('GET', KEYS[1])",
  });
  redis.defineCommand('fail', { numberOfKeys: 0, lua: "return redis.error_reply('MY own error')" });

  assert.deepEqual(await redis.addAll('sum', 1, 2, 3), [6, 'sum', '1', null, [1, 'text']]);
  assert.deepEqual(await redis.addAll('sum', 10), [16, 'sum', '10', null, [1, 'text']]);
  assert.equal((await redis.addAllBuffer('sum', 0))[1].toString(), 'sum');
  assert.equal(await redis.either(2, 'absent', 'last'), 'last');
  assert.equal(await redis.peek('sum'), '16');
  await assert.rejects(redis.fail(), { message: 'MY own error' });

  // The client has sent the script on this connection and sends its digest from now on.
  assert.equal(await redis.script('FLUSH'), 'OK');
  const evals = async () => /cmdstat_eval:calls=(\d+)/.exec(await redis.info('commandstats'))[1];
  const before = Number(await evals());
  assert.equal((await redis.addAll('sum', 4))[0], 20);
  assert.equal(Number(await evals()), before + 1);
  assert.equal(await redis.script('FLUSH', 'ASYNC'), 'OK');
  const results = await redis.pipeline().incr('sum').addAll('sum', 1).peek('sum').exec();
  assert.deepEqual(results.map(([error, value]) => error ?? value),
    [21, [22, 'sum', '1', null, [1, 'text']], '22']);

  await assert.rejects(redis.fail(), { message: 'MY own error' });
  await redis.either(1, 'sum');
  const transaction = await redis.multi().addAll('sum', 1).fail().either(1, 'sum').exec();
  assert.equal(transaction[0][1][0], 23);
  assert.equal(transaction[1][0].message, 'MY own error');
  assert.deepEqual(transaction[2], [null, '23']);
  await assert.rejects(redis.evalsha('f'.repeat(40), 0),
    { message: 'NOSCRIPT No matching script. Please use EVAL.' });
  const digest = await redis.script('LOAD', 'return ARGV[1]');
  assert.deepEqual(await redis.script('EXISTS', digest, 'f'.repeat(40)), [1, 0]);
  assert.equal(await redis.evalsha(digest, 0, 'known'), 'known');
});

test('monitors see what other clients send', LIMIT, async (t) => {
  const server = await startServer(t);
  const redis = connect(t, server);
  const monitor = await redis.monitor();
  t.after(() => monitor.disconnect());
  const seen = once(monitor, 'monitor');
  await redis.set('key', 'a "value"\n');
  const [, args, , database] = await seen;
  assert.deepEqual([args, database], [['set', 'key', 'a "value"\\n'], '0']);
});

test('a client outlives its server, its data and subscriptions too', LIMIT, async (t) => {
  const server = await startServer(t, ['--appendonly', 'yes', '--appendfsync', 'always']);
  const retryStrategy = () => 20;
  const redis = connect(t, server, { retryStrategy, maxRetriesPerRequest: null });
  const subscriber = connect(t, server, { retryStrategy });
  await subscriber.subscribe('news');
  await redis.set('before', 'kept');
  const popped = redis.blpop('list', 0);
  await server.kill();
  await until(() => redis.status !== 'ready' && subscriber.status !== 'ready', 'lost');
  const offline = redis.get('before'); // waits in the client until there is a server again
  await server.start();
  const other = connect(t, server);
  await until(async () => await other.publish('news', 'again') === 1, 'subscribed again');
  await other.rpush('list', 'late');
  assert.deepEqual(await popped, ['list', 'late']);
  assert.equal(await offline, 'kept');
});
