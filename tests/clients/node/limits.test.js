// Limits of rates, which rate-limiter-flexible counts in a script or in a transaction.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const Redis = require('ioredis');
const { createClient } = require('redis');
const { RateLimiterRedis, RateLimiterRedisNonAtomic } = require('rate-limiter-flexible');
const { startServer, until } = require('./servers');

const LIMIT = { timeout: 240000 };
const POINTS = 50;
const LONG_SECONDS = 1000;

// Calls use(store options) with each of the libraries that the limiters know.
async function withClients(t, use) {
  const { path } = await startServer(t);
  const ioredis = new Redis({ path });
  const nodeRedis = createClient({ socket: { path } });
  await nodeRedis.connect();
  try {
    await use({ storeClient: ioredis, keyPrefix: 'io' });
    await use({ storeClient: nodeRedis, useRedisPackage: true, keyPrefix: 'node' });
  } finally {
    await Promise.all([ioredis.quit(), nodeRedis.close()]);
  }
}

test('of many at once just as many pass as there are points', LIMIT, async (t) => {
  await withClients(t, async (store) => {
    const limiter = new RateLimiterRedis({ ...store, points: POINTS, duration: LONG_SECONDS });
    const tries = await Promise.allSettled(Array.from({ length: 2 * POINTS },
      () => limiter.consume('all')));
    assert.equal(tries.filter(({ status }) => status === 'fulfilled').length, POINTS);
    for (const { reason } of tries.filter(({ status }) => status === 'rejected')) {
      assert.equal(reason.remainingPoints, 0);
    }
    const state = await limiter.get('all');
    assert.equal(state.consumedPoints, 2 * POINTS);
    assert.ok(state.msBeforeNext > 0 && state.msBeforeNext <= LONG_SECONDS * 1000);
  });
});

test('points are given back, taken and set, and keys blocked and freed', LIMIT, async (t) => {
  await withClients(t, async (store) => {
    const limiter = new RateLimiterRedis({ ...store, points: POINTS, duration: LONG_SECONDS });
    await limiter.penalty('one', 7);
    await limiter.reward('one', 3);
    assert.equal((await limiter.get('one')).consumedPoints, 4);
    assert.equal((await limiter.set('one', 9, 0)).consumedPoints, 9);
    assert.equal((await limiter.get('one')).msBeforeNext, -1);
    await limiter.block('one', LONG_SECONDS);
    await assert.rejects(limiter.consume('one'), { remainingPoints: 0 });
    assert.equal(await limiter.delete('one'), true);
    assert.equal(await limiter.delete('one'), false);
    assert.equal(await limiter.get('one'), null);
  });
});

test('a window ends, and the next one begins with all points', LIMIT, async (t) => {
  await withClients(t, async (store) => {
    const options = { ...store, points: 1, duration: 1 };
    const limiters = [new RateLimiterRedis(options),
      new RateLimiterRedisNonAtomic({ ...options, keyPrefix: `${store.keyPrefix}-multi` })];
    await Promise.all(limiters.map(async (limiter) => {
      await limiter.consume('short');
      await until(async () => await limiter.get('short') === null, 'the window ends');
      assert.equal((await limiter.consume('short')).consumedPoints, 1);
    }));
  });
});
