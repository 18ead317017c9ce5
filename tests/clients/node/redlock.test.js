// redlock: one lock over five servers, of which some die. Its scripts are called by their digests,
// and sent whole to servers that do not know them.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const Redis = require('ioredis');
const { default: Redlock, ExecutionError } = require('redlock');
const { startServer, until } = require('./servers');

const LIMIT = { timeout: 240000 };
const SERVERS = 5;
const MAJORITY = 3;
const WORKERS = 8;
const TURNS = 20;
const LEASE_MS = 30000; // no lock of these workers ends by its time
const SHORT_MS = 500; // doubled where the machine has too much to do meanwhile
const PAUSE_MS = 8;

const startServers = (t) => Promise.all(Array.from({ length: SERVERS }, () => startServer(t)));

// Clients whose commands fail at once while their server is away.
async function connect(t, servers) {
  const clients = servers.map(({ path }) => new Redis({
    path,
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 20,
  }));
  for (const client of clients) client.on('error', () => {});
  t.after(() => clients.forEach((client) => client.disconnect()));
  await Promise.all(clients.map((client) => client.connect()));
  return clients;
}

// Acquires the lock when it is free. redlock's own retries would keep the servers that one try has
// won from the next try, as it does not release them before: so each try is one of ours.
async function acquire(redlock, resources, durationMs) {
  for (;;) {
    try {
      return await redlock.acquire(resources, durationMs, { retryCount: 0 });
    } catch (error) {
      if (!(error instanceof ExecutionError)) throw error;
      await new Promise((resolve) => { setTimeout(resolve, Math.random() * PAUSE_MS); });
    }
  }
}

// Lets all servers learn the scripts, so that none is sent twice, the second time behind others.
async function teach(redlock) {
  const lock = await redlock.acquire(['taught'], LEASE_MS);
  const { attempts } = await lock.release();
  const stats = await Promise.all([...lock.attempts, ...attempts]);
  assert.ok(stats.every(({ votesFor }) => votesFor.size === SERVERS));
}

const isKilled = (client) => client.status !== 'ready';

// How many servers hold the lock for anybody. What redlock does it has done on a majority, and on
// the others some time later.
async function holders(clients) {
  const counts = await Promise.all(clients.map((client) => client.exists('lock').catch(() => 0)));
  return counts.reduce((sum, count) => sum + count);
}

// How many servers say that the lock is this one's.
async function votes(clients, lock) {
  const values = await Promise.all(clients.map((client) => client.get('lock').catch(() => null)));
  return values.filter((value) => value === lock.value).length;
}

// A lock of two resources that are refused to others before its time is over.
async function acquireAndBeRefused(redlock) {
  for (let ms = SHORT_MS; ; ms *= 2) {
    const lock = await redlock.acquire(['lock', 'second'], ms);
    const other = await redlock.acquire(['second'], LEASE_MS).catch((error) => error);
    if (Date.now() < lock.expiration) {
      assert.ok(other instanceof ExecutionError);
      return lock;
    }
    if (!(other instanceof ExecutionError)) await other.release();
  }
}

// How many servers said that the lock was held when more than its first lease was over. A lease
// that ended before redlock came to put it off is tried again, longer.
async function useLongerThanTheLease(redlock, clients) {
  for (let ms = SHORT_MS; ; ms *= 2) {
    let extended = 0;
    let isLost = false;
    await redlock.using(['lock'], ms, { automaticExtensionThreshold: ms * 0.7 }, async (signal) => {
      const end = Date.now() + ms * 1.5;
      await until(() => signal.aborted || Date.now() > end, 'more than the lease', ms * 1000);
      extended = await votes(clients, { value: await clients[0].get('lock') });
      isLost = signal.aborted;
    }).catch((error) => {
      if (!(error instanceof ExecutionError)) throw error;
      isLost = true;
    });
    if (!isLost) return extended;
    assert.ok(ms < LEASE_MS, 'no lease is long enough');
  }
}

test('never two hold the lock, while one server of five dies', LIMIT, async (t) => {
  const servers = await startServers(t);
  const observers = await connect(t, servers);
  let holder = null;
  let turns = 0;
  await teach(new Redlock(observers));
  const work = async (worker) => {
    const redlock = new Redlock(await connect(t, servers));
    for (let i = 0; i < TURNS; i += 1) {
      const lock = await acquire(redlock, ['lock'], LEASE_MS);
      assert.equal(holder, null, `${worker} got what ${holder} holds`);
      holder = worker;
      assert.ok(await votes(observers, lock) >= MAJORITY);
      assert.ok(lock.expiration > Date.now());
      turns += 1;
      if (turns === WORKERS * TURNS / 2) {
        await servers[1].kill();
        await until(() => isKilled(observers[1]), 'the connection is lost');
      }
      assert.equal(holder, worker);
      holder = null;
      await lock.release();
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
  assert.equal(turns, WORKERS * TURNS);
  await until(async () => await holders(observers) === 0, 'all servers have let go');
});

test('a majority must be there, and servers may come back', LIMIT, async (t) => {
  const servers = await startServers(t);
  const clients = await connect(t, servers);
  const redlock = new Redlock(clients, { retryCount: 0 });
  const kept = await redlock.acquire(['lock'], LEASE_MS);
  for (const server of servers.slice(0, 3)) await server.kill();
  await until(() => clients.slice(0, 3).every(isKilled), 'the connections are lost');
  await assert.rejects(redlock.acquire(['other'], LEASE_MS), ExecutionError);
  await assert.rejects(kept.extend(LEASE_MS), ExecutionError);
  await servers[0].start();
  await until(() => !isKilled(clients[0]), 'connected again');

  // The two servers that live and one that has forgotten all are not for a second holder.
  await assert.rejects(redlock.acquire(['lock'], LEASE_MS), ExecutionError);
  const other = await redlock.acquire(['other'], LEASE_MS);
  await other.release();
});

test('locks are their holders\', end by their time, and can be put off', LIMIT, async (t) => {
  const servers = await startServers(t);
  const clients = await connect(t, servers);
  const redlock = new Redlock(clients, { retryCount: 0 });
  await teach(redlock);
  const short = await acquireAndBeRefused(redlock);
  const long = await acquire(redlock, ['lock'], LEASE_MS);
  assert.ok(Date.now() >= short.expiration - 5, 'the lock came before its time');
  await assert.rejects(short.extend(LEASE_MS), /already-expired lock/);
  await assert.rejects(short.release(), ExecutionError);
  assert.ok(await votes(clients, long) >= MAJORITY);
  const longer = await long.extend(2 * LEASE_MS);
  const left = await Promise.all(clients.map((client) => client.pttl('lock')));
  assert.ok(left.filter((ms) => ms > LEASE_MS && ms <= 2 * LEASE_MS).length >= MAJORITY);
  for (const client of clients) assert.equal(await client.script('FLUSH'), 'OK');
  await longer.release();
  await until(async () => await holders(clients) === 0, 'all servers have let go');

  // `using` puts the end off for as long as its function runs.
  assert.ok(await useLongerThanTheLease(redlock, clients) >= MAJORITY);
  await until(async () => await holders(clients) === 0, 'all servers have let go');
});
