// redlock: one lock over five servers, of which some die. Its scripts are called by their digests,
// and sent whole to servers that do not know them.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const Redis = require('ioredis');
const { default: Redlock, ExecutionError } = require('redlock');
const { startServer, until } = require('./servers');

const LIMIT = { timeout: 60000 };
const SERVERS = 5;
const WORKERS = 8;
const TURNS = 20;
const LEASE_MS = 30000; // no lock of these workers ends by its time
const PATIENT = { retryCount: 10000, retryDelay: 4, retryJitter: 4 };

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

const isKilled = (client) => client.status !== 'ready';

// How many servers say that the lock is this one's.
async function votes(clients, lock) {
  const values = await Promise.all(clients.map((client) => client.get('lock').catch(() => null)));
  return values.filter((value) => value === lock.value).length;
}

test('never two hold the lock, while one server of five dies', LIMIT, async (t) => {
  const servers = await startServers(t);
  const observers = await connect(t, servers);
  let holder = null;
  let turns = 0;
  const work = async (worker) => {
    const redlock = new Redlock(await connect(t, servers), PATIENT);
    for (let i = 0; i < TURNS; i += 1) {
      const lock = await redlock.acquire(['lock'], LEASE_MS);
      assert.equal(holder, null, `${worker} got what ${holder} holds`);
      holder = worker;
      assert.ok(await votes(observers, lock) >= 3);
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
  for (const client of observers) {
    if (!isKilled(client)) assert.equal(await client.exists('lock'), 0);
  }
});

test('a majority must be there, and servers may come back', LIMIT, async (t) => {
  const servers = await startServers(t);
  const clients = await connect(t, servers);
  const redlock = new Redlock(clients, { retryCount: 2, retryDelay: 5 });
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
  const hasty = new Redlock(clients, { retryCount: 0 });
  const patient = new Redlock(clients, PATIENT);
  const short = await hasty.acquire(['lock', 'second'], 150);
  await assert.rejects(hasty.acquire(['second'], LEASE_MS), ExecutionError);
  const long = await patient.acquire(['lock'], LEASE_MS);
  assert.ok(Date.now() >= short.expiration - 5, 'the lock came before its time');
  await assert.rejects(short.extend(LEASE_MS), /already-expired lock/);
  await assert.rejects(short.release(), ExecutionError);
  assert.equal(await votes(clients, long), SERVERS);
  const longer = await long.extend(2 * LEASE_MS);
  for (const client of clients) {
    const left = await client.pttl('lock');
    assert.ok(left > LEASE_MS && left <= 2 * LEASE_MS);
    assert.equal(await client.script('FLUSH'), 'OK');
  }
  await longer.release();
  assert.equal(await votes(clients, longer), 0);

  // `using` puts the end off for as long as its function runs.
  let extended = 0;
  await patient.using(['lock'], 200, { automaticExtensionThreshold: 100 }, async (signal) => {
    const began = Date.now();
    await until(() => Date.now() > began + 400, 'twice the lease');
    extended = await votes(clients, { value: await clients[0].get('lock') });
    assert.equal(signal.aborted, false);
  });
  assert.equal(extended, SERVERS);
  assert.equal(await clients[4].exists('lock'), 0);
});
