// BullMQ's queues: scripts of hundreds of lines that get their options as MessagePack, streams of
// events, sorted sets of delayed and prioritized jobs, and blocking pops of markers.
'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { FlowProducer, Queue, QueueEvents, UnrecoverableError, Worker } = require('bullmq');
const { startServer, until } = require('./servers');

// Makes the objects of BullMQ that a test needs. They end before the server, which would
// otherwise have to end them.
class Site {
  constructor(path) {
    this.connection = { path };
    this.parts = [];
  }

  add(part) {
    part.on?.('error', (error) => { this.error = error; });
    this.parts.push(part);
    return part;
  }

  queue(name, options) {
    return this.add(new Queue(name, { connection: this.connection, ...options }));
  }

  worker(name, work, options) {
    return this.add(new Worker(name, work, { connection: this.connection, ...options }));
  }

  async close() {
    await Promise.all(this.parts.map((part) => part.close()));
    if (this.error) throw this.error;
  }
}

function siteTest(name, use) {
  test(name, { timeout: 240000 }, async (t) => {
    const site = new Site((await startServer(t)).path);
    try {
      await use(site);
    } finally {
      await site.close();
    }
  });
}

const GROWING = { type: 'exponential', delay: 5 };

// The 2,000 jobs: what each is told to do, by its name.
const KINDS = [
  { name: 'plain', count: 700, options: () => ({}) },
  { name: 'later', count: 400, options: (i) => ({ delay: 1 + (i * 7) % 500 }) },
  { name: 'urgent', count: 300, options: (i) => ({ priority: 1 + i % 10 }) },
  { name: 'third', count: 300, options: () => ({ attempts: 3, backoff: 10 }) },
  { name: 'grow', count: 100, options: () => ({ attempts: 3, backoff: GROWING }) },
  { name: 'never', count: 100, options: () => ({ attempts: 2 }) },
  { name: 'poison', count: 100, options: () => ({ attempts: 5 }) },
];
const RUNS = { plain: 1, later: 1, urgent: 1, third: 3, grow: 3, never: 2, poison: 1 };
const FAILING = ['never', 'poison'];

function makeJobs() {
  return KINDS.flatMap(({ name, count, options }) => Array.from({ length: count }, (_, i) => ({
    name,
    data: { number: i, text: `job ${i} of ${name} \u20ac` },
    opts: { ...options(i), jobId: `${name}-${i}` },
  })));
}

async function work(job, runs) {
  const count = (runs.get(job.id) ?? 0) + 1;
  runs.set(job.id, count);
  if (job.name === 'poison') throw new UnrecoverableError('no use');
  if (count < RUNS[job.name] || job.name === 'never') throw new Error(`run ${count}`);
  await job.updateProgress({ part: 1 });
  return { id: job.id, sum: job.data.number + 1 };
}

siteTest('2,000 jobs are done as often as they should, none early', async (site) => {
  const queue = site.queue('all');
  const runs = new Map();
  const events = site.add(new QueueEvents('all', { connection: site.connection }));
  const seen = { completed: new Set(), failed: new Set() };
  events.on('completed', ({ jobId }) => seen.completed.add(jobId));
  events.on('failed', ({ jobId }) => seen.failed.add(jobId));
  await events.waitUntilReady();

  const jobs = makeJobs();
  assert.equal(jobs.length, 2000);
  for (let i = 0; i < jobs.length; i += 250) await queue.addBulk(jobs.slice(i, i + 250));
  for (let i = 0; i < 2; i += 1) {
    site.worker('all', (job) => work(job, runs), { concurrency: 40 });
  }
  await until(() => seen.completed.size + seen.failed.size >= jobs.length, 'all are done', 200000);

  const counts = await queue.getJobCounts();
  const left = Object.entries(counts).filter(([, count]) => count > 0);
  assert.deepEqual(Object.fromEntries(left), { completed: 1800, failed: 200 });
  for (const { name, data, opts } of jobs) {
    const failing = FAILING.includes(name);
    assert.equal(runs.get(opts.jobId), RUNS[name], opts.jobId);
    assert.ok((failing ? seen.failed : seen.completed).has(opts.jobId), opts.jobId);
    assert.ok(!(failing ? seen.completed : seen.failed).has(opts.jobId), opts.jobId);
    const job = await queue.getJob(opts.jobId);
    assert.deepEqual(job.data, data);
    assert.equal(job.attemptsMade, RUNS[name]);
    if (!failing) assert.deepEqual(job.returnvalue, { id: opts.jobId, sum: data.number + 1 });
    else assert.equal(job.failedReason, name === 'poison' ? 'no use' : 'run 2');
    assert.ok(job.processedOn >= job.timestamp + (opts.delay ?? 0), `${opts.jobId} came early`);
  }
});

siteTest('waiting jobs are taken by priority, then in order', async (site) => {
  const queue = site.queue('order');
  await queue.pause();
  const jobs = Array.from({ length: 200 }, (_, i) => (
    { name: 'job', data: i, opts: { priority: (i * 13) % 5 } }));
  await queue.addBulk(jobs);
  await queue.add('job', 200, { lifo: true });
  const counts = { paused: 41, prioritized: 160 };
  assert.deepEqual(await queue.getJobCounts(...Object.keys(counts)), counts);
  assert.deepEqual(await queue.getCountsPerPriority([0, 1, 4]), { 0: 41, 1: 40, 4: 40 });
  const done = [];
  site.worker('order', async (job) => { done.push(job.data); }, { concurrency: 1 });
  await queue.resume();
  await until(() => done.length === 201, 'all jobs are done');
  const expected = [0, 1, 2, 3, 4].flatMap((priority) => (
    jobs.filter(({ opts }) => opts.priority === priority).map(({ data }) => data)));
  assert.deepEqual(done, [200, ...expected]);
});

siteTest('parents of flows run after all their children', async (site) => {
  const flows = site.add(new FlowProducer({ connection: site.connection }));
  const child = (i, j) => ({
    name: 'leaf', queueName: 'leaves', data: i * 10 + j, opts: { attempts: 2, backoff: 5 },
  });
  const finished = new Set();
  site.worker('leaves', async (job) => {
    if (job.attemptsMade === 0 && job.data % 3 === 0) throw new Error('again');
    finished.add(job.data);
    return job.data;
  }, { concurrency: 10 });
  const sums = new Map();
  site.worker('roots', async (job) => {
    for (let j = 0; j < 5; j += 1) assert.ok(finished.has(job.data * 10 + j));
    const values = Object.values(await job.getChildrenValues());
    sums.set(job.data, values.sort((a, b) => a - b));
  }, { concurrency: 3 });
  await flows.addBulk(Array.from({ length: 40 }, (_, i) => ({
    name: 'root', queueName: 'roots', data: i, children: [0, 1, 2, 3, 4].map((j) => child(i, j)),
  })));
  await until(() => sums.size === 40, 'all parents have run');
  for (const [i, values] of sums) assert.deepEqual(values, [0, 1, 2, 3, 4].map((j) => i * 10 + j));

  const orphan = await flows.add({
    name: 'root', queueName: 'doomed', data: 0,
    children: [{ name: 'bad', queueName: 'bad', opts: { failParentOnFailure: true } }],
  });
  site.worker('bad', async () => { throw new Error('bad child'); });
  site.worker('doomed', async () => {});
  await until(() => orphan.job.isFailed(), 'the parent of a failed child fails');
});

siteTest('the jobs of a worker that vanished are done by another', async (site) => {
  const queue = site.queue('stall');
  const waits = new Promise(() => {});
  let started = 0;
  const lost = new Worker('stall', () => { started += 1; return waits; },
    {
      connection: site.connection,
      concurrency: 5,
      lockDuration: 100,
      skipLockRenewal: true,
      skipStalledCheck: true,
    });
  lost.on('error', () => {});
  await queue.addBulk(Array.from({ length: 20 }, (_, i) => ({ name: 'job', data: i })));
  await until(() => started === 5, 'five jobs are being done');
  await lost.close(true);
  const done = [];
  site.worker('stall', async (job) => { done.push(job.data); }, { stalledInterval: 50 });
  await until(() => done.length >= 20, 'all jobs are done');
  await until(async () => (await queue.getJobCounts('completed')).completed === 20, 'and counted');
  assert.deepEqual(done.sort((a, b) => a - b), Array.from({ length: 20 }, (_, i) => i));
});

siteTest('schedules, deduplication, limits of rate, removal', async (site) => {
  const queue = site.queue('rest');
  await queue.upsertJobScheduler('tick', { every: 30, limit: 4 }, { name: 'tick', data: 'x' });
  const [first, second] = await Promise.all([1, 2].map((data) => (
    queue.add('once', data, { deduplication: { id: 'same' } }))));
  assert.equal(first.id, second.id);
  const gone = await queue.add('gone', 0, { delay: 100000 });
  const soon = await queue.add('soon', 0, { delay: 100000 });
  await gone.remove();
  await soon.promote();
  const done = [];
  const limiter = { max: 2, duration: 50 };
  site.worker('rest', async (job) => { done.push(job.name); }, { limiter });
  await until(() => done.length === 6, 'six jobs are done');
  assert.deepEqual([...done].sort(), ['once', 'soon', 'tick', 'tick', 'tick', 'tick']);
  await until(async () => (await queue.getJobCounts('completed')).completed === 6, 'and counted');
  assert.equal(await queue.getDelayedCount(), 0);
  assert.equal((await queue.clean(0, 100, 'completed')).length, 6);
  await queue.obliterate();
  const client = await queue.client;
  const left = await client.keys('bull:rest:*');
  assert.deepEqual(left.filter((key) => key !== 'bull:rest:limiter'), []);
});
