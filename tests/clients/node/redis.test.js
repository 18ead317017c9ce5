// node-redis over TCP and RESP3, and once over RESP2, where replies have other shapes.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createClient, createClientPool, defineScript, RESP_TYPES, WatchError } = require('redis');
const { startServer, until } = require('./servers');

const LIMIT = { timeout: 240000 };

const ADD_ALL = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: `for _, number in ipairs(ARGV) do redis.call('INCRBY', KEYS[1], number) end
    return {redis.call('GET', KEYS[1]), {ok = 'DONE'}, false}`,
  parseCommand(parser, key, ...numbers) {
    parser.pushKey(key);
    parser.push(...numbers.map(String));
  },
  transformReply: (reply) => reply,
});

// A client, for RESP3 unless the options say otherwise, that is closed when the test ends.
async function connect(t, server, options = {}) {
  const client = createClient({ url: `redis://127.0.0.1:${server.port}`, RESP: 3, ...options });
  client.on('error', () => {}); // A lost connection is said by the commands that need it.
  t.after(() => client.destroy());
  return client.connect();
}

// What the client makes of a stream's entries: a map of RESP3 is left as it came.
const READ = {
  2: [{ name: 'stream', messages: [{ id: '1-1', message: { field: 'value' } }] }],
  3: { stream: [['1-1', ['field', 'value']]] },
};

// Objects of the client have no prototype.
const plain = (value) => JSON.parse(JSON.stringify(value));

async function checkValues(client, RESP) {
  const expiration = { type: 'EX', value: 50 };
  assert.equal(await client.set('text', 'va\r\nlue', { expiration }), 'OK');
  assert.equal(await client.get('text'), 'va\r\nlue');
  assert.ok(await client.ttl('text') > 40);
  assert.equal(await client.get('absent'), null);
  assert.equal(await client.hSet('hash', { a: '1', b: 'two' }), 2);
  assert.deepEqual(plain(await client.hGetAll('hash')), { a: '1', b: 'two' });
  assert.deepEqual(await client.hmGet('hash', ['a', 'z']), ['1', null]);
  await client.sAdd('set', ['x', 'y']);
  assert.deepEqual((await client.sMembers('set')).sort(), ['x', 'y']);
  assert.equal(await client.sIsMember('set', 'x'), 1);
  await client.zAdd('zset', [{ score: 1.25, value: 'a' }, { score: Infinity, value: 'b' }]);
  assert.equal(await client.zScore('zset', 'a'), 1.25);
  assert.equal(await client.zScore('zset', 'b'), Infinity);
  assert.deepEqual(await client.zRangeWithScores('zset', 0, -1),
    [{ value: 'a', score: 1.25 }, { value: 'b', score: Infinity }]);
  assert.deepEqual(await client.zPopMin('zset'), { value: 'a', score: 1.25 });
  assert.deepEqual(await client.bzPopMin('zset', 1), { key: 'zset', value: 'b', score: Infinity });
  await client.geoAdd('geo', { longitude: 2.35, latitude: 48.85, member: 'Paris' });
  const [place] = await client.geoSearchWith('geo', { longitude: 2, latitude: 48 },
    { radius: 200, unit: 'km' }, ['WITHDIST', 'WITHCOORD']);
  assert.equal(place.member, 'Paris');
  assert.ok(Math.abs(Number(place.distance) - 98) < 1);
  assert.ok(Math.abs(Number(place.coordinates.latitude) - 48.85) < 1e-4);
  await client.xAdd('stream', '1-1', { field: 'value' });
  await client.xGroupCreate('stream', 'group', '0');
  const read = await client.xReadGroup('group', 'me', { key: 'stream', id: '>' }, { BLOCK: 5 });
  assert.deepEqual(plain(read), READ[RESP]);
  assert.equal((await client.xInfoGroups('stream'))[0].pending, 1);
  assert.equal((await client.xInfoStream('stream')).length, 1);
  assert.equal(await client.xAck('stream', 'group', '1-1'), 1);
  await assert.rejects(client.lPush('set', 'x'), /WRONGTYPE Operation/);
  assert.equal((await client.configGet('maxmemory-policy'))['maxmemory-policy'], 'noeviction');
  assert.equal((await client.memoryStats())['keys.count'], await client.dbSize());
  assert.equal((await client.functionList()).length, 0);
}

for (const RESP of [2, 3]) {
  test(`replies of RESP${RESP} become the values of each type`, LIMIT, async (t) => {
    const client = await connect(t, await startServer(t), { RESP });
    await checkValues(client, RESP);
  });
}

test('RESP3 has types of its own, which the client may map', LIMIT, async (t) => {
  const client = await connect(t, await startServer(t));
  await client.hSet('hash', { one: '1', two: '2' });
  await client.zAdd('zset', { score: 0.25, value: 'a' });
  const mapped = client.withTypeMapping({
    [RESP_TYPES.MAP]: Map, [RESP_TYPES.SET]: Set, [RESP_TYPES.DOUBLE]: String,
    [RESP_TYPES.BLOB_STRING]: Buffer,
  });
  await client.sAdd('set', 'x');
  assert.deepEqual(await mapped.hGetAll('hash'),
    new Map([['one', Buffer.from('1')], ['two', Buffer.from('2')]]));
  assert.deepEqual(await mapped.sMembers('set'), new Set([Buffer.from('x')]));
  assert.equal(await mapped.zScore('zset', 'a'), '0.25');
  const bytes = Buffer.from([0, 13, 10, 255]);
  await client.set('bytes', bytes);
  assert.deepEqual(await mapped.get('bytes'), bytes);
  const script = `redis.setresp(3)
    return {true, {double = 2.5}, {map = {a = 1}}, {set = {b = true}},
      {big_number = '123456789012345678901'}, {verbatim_string = {format = 'txt', string = 'x'}},
      redis.call('HGETALL', KEYS[1])}`;
  assert.deepEqual(await mapped.eval(script, { keys: ['hash'] }), [
    true, '2.5', new Map([['a', 1]]), new Set([Buffer.from('b')]), 123456789012345678901n, 'x',
    new Map([['one', Buffer.from('1')], ['two', Buffer.from('2')]]),
  ]);
});

test('transactions fail when a watched key was changed', LIMIT, async (t) => {
  const server = await startServer(t);
  const client = await connect(t, server);
  const other = await connect(t, server);
  const transaction = client.multi().set('a', '1').incr('a').hSet('h', 'f', 'v').hGetAll('h');
  assert.deepEqual(plain(await transaction.exec()), ['OK', 2, 1, { f: 'v' }]);
  await client.watch('a');
  await other.incr('a');
  await assert.rejects(client.multi().set('a', 'lost').exec(), WatchError);
  await client.watch('a');
  assert.deepEqual(await client.multi().get('a').exec(), ['3']);
  await assert.rejects(client.multi().incr('h').get('a').exec(), (error) => {
    assert.match(error.replies[0].message, /^WRONGTYPE/);
    assert.equal(error.replies[1], '3');
    return true;
  });
});

test('scripts are sent by their digests, and whole when unknown', LIMIT, async (t) => {
  const client = await connect(t, await startServer(t), { scripts: { addAll: ADD_ALL } });
  assert.deepEqual(await client.addAll('sum', 1, 2), ['3', 'DONE', null]);
  await client.scriptFlush();
  assert.deepEqual(await client.addAll('sum', 4), ['7', 'DONE', null]);
  assert.deepEqual(await client.multi().addAll('sum', 1).get('sum').exec(),
    [['8', 'DONE', null], '8']);
  const digest = await client.scriptLoad("return redis.call('GET', KEYS[1])");
  assert.deepEqual(await client.scriptExists([digest, 'f'.repeat(40)]), [1, 0]);
  assert.equal(await client.evalShaRo(digest, { keys: ['sum'] }), '8');
  await assert.rejects(client.evalSha('f'.repeat(40)), /NOSCRIPT No matching script/);
});

test('functions are libraries that outlive their server', LIMIT, async (t) => {
  const server = await startServer(t, ['--appendonly', 'yes', '--appendfsync', 'always']);
  const client = await connect(t, server);
  const code = `#!lua name=shop
    redis.register_function('sell', function(keys, args)
      return redis.call('DECRBY', keys[1], args[1])
    end)
    redis.register_function{function_name = 'stock', flags = {'no-writes'},
      callback = function(keys) return redis.call('GET', keys[1]) end}`;
  assert.equal(await client.functionLoad(code), 'shop');
  await assert.rejects(client.functionLoad(code), /Library 'shop' already exists/);
  assert.equal(await client.functionLoad(code, { REPLACE: true }), 'shop');
  await client.set('apples', '10');
  assert.equal(await client.fCall('sell', { keys: ['apples'], arguments: ['3'] }), 7);
  assert.equal(await client.fCallRo('stock', { keys: ['apples'] }), '7');
  await assert.rejects(client.fCallRo('sell', { keys: ['apples'], arguments: ['3'] }),
    /Can not execute a script with write flag using \*_ro command/);
  const dumped = await client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).functionDump();
  assert.equal(await client.functionDelete('shop'), 'OK');
  await assert.rejects(client.fCall('stock', { keys: ['apples'] }), /Function not found/);
  assert.equal(await client.functionRestore(dumped), 'OK');
  await server.kill();
  await server.start();
  const stock = () => client.fCall('stock', { keys: ['apples'] }).catch(() => null);
  await until(async () => await stock() === '7', 'the function is there again');
  const [library] = plain(await client.functionListWithCode());
  assert.equal(library.library_name, 'shop');
  assert.deepEqual(library.functions.map(({ name }) => name).sort(), ['sell', 'stock']);
  assert.equal(library.library_code, code);
});

test('a RESP3 connection serves commands and messages together', LIMIT, async (t) => {
  const server = await startServer(t);
  const client = await connect(t, server);
  const other = await connect(t, server, { RESP: 2 });
  const seen = [];
  const listener = (message, channel) => seen.push([channel, message]);
  await client.subscribe('news', listener);
  await client.pSubscribe('user:*', listener);
  await client.sSubscribe('shard', listener);
  for (let i = 0; i < 500; i += 1) {
    const [, incremented] = await Promise.all([other.publish('news', String(i)), client.incr('n')]);
    assert.equal(incremented, i + 1);
  }
  assert.equal(await client.publish('user:1', 'self'), 1);
  assert.equal(await other.sPublish('shard', 'part'), 1);
  await until(() => seen.length === 502, 'all messages');
  assert.deepEqual(seen.slice(0, 500), Array.from({ length: 500 }, (_, i) => ['news', String(i)]));
  assert.deepEqual(seen.slice(500).sort(), [['shard', 'part'], ['user:1', 'self']]);
  await client.unsubscribe('news');
  await client.pUnsubscribe('user:*');
  await client.sUnsubscribe('shard');
  assert.equal(await other.publish('news', 'none'), 0);
  assert.equal(await client.get('n'), '500');
});

test('a pool shares its connections among calls that wait', LIMIT, async (t) => {
  const server = await startServer(t);
  const pool = createClientPool({ url: `redis://127.0.0.1:${server.port}`, RESP: 3 },
    { minimum: 2, maximum: 10 });
  pool.on('error', () => {});
  t.after(() => pool.destroy());
  await pool.connect();
  const popped = Array.from({ length: 8 }, () => pool.blPop('list', 0));
  await pool.rPush('list', ['0', '1', '2', '3', '4', '5', '6', '7']);
  const elements = (await Promise.all(popped)).map(({ element }) => element).sort();
  assert.deepEqual(elements, ['0', '1', '2', '3', '4', '5', '6', '7']);
  await Promise.all(Array.from({ length: 1000 }, () => pool.incr('n')));
  assert.equal(await pool.get('n'), '1000');
});

test('iterators see each key and each field once', LIMIT, async (t) => {
  const client = await connect(t, await startServer(t));
  const names = Array.from({ length: 3000 }, (_, i) => `key:${i}`).sort();
  await client.mSet(names.map((name) => [name, 'x']));
  await client.hSet('hash', Object.fromEntries(names.map((name) => [name, 'x'])));
  const keys = [];
  for await (const some of client.scanIterator({ MATCH: 'key:*', COUNT: 100 })) keys.push(...some);
  assert.deepEqual(keys.sort(), names);
  const fields = [];
  for await (const some of client.hScanIterator('hash')) {
    fields.push(...some.map(({ field }) => field));
  }
  assert.deepEqual(fields.sort(), names);
});

test('a client introduces itself, and outlives its server', LIMIT, async (t) => {
  const server = await startServer(t, ['--appendonly', 'yes', '--appendfsync', 'always']);
  const client = await connect(t, server, {
    name: 'shop', database: 2, socket: { reconnectStrategy: () => 20 },
  });
  const { name, db, user } = await client.clientInfo();
  assert.deepEqual({ name, db, user }, { name: 'shop', db: 2, user: 'default' });
  await client.set('before', 'kept');
  await server.kill();
  await until(() => !client.isReady, 'the connection is lost');
  await server.start();
  await until(async () => await client.get('before').catch(() => null) === 'kept', 'its data');
  assert.equal(await client.clientGetName(), 'shop');
});
