// Bull's queues, BullMQ's ancestor that many still run: brpoplpush instead of markers, messages
// instead of streams, and locks that a live worker renews.
'use strict';

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { test } = require('node:test');
const Queue = require('bull');
const { startServer, until } = require('./servers');

const LIMIT = { timeout: 240000 };
const JOBS = 300;
const BACKOFF = { type: 'exponential', delay: 5 };
const LOCKS = { lockDuration: 500, lockRenewTime: 100, stalledInterval: 100, maxStalledCount: 9 };

// Opens queues that end before the server does, which would otherwise have to end them.
function queueTest(name, use) {
  test(name, LIMIT, async (t) => {
    const server = await startServer(t);
    const queues = [];
    const errors = [];
    const open = (queueName, options) => {
      const queue = new Queue(queueName, { redis: { path: server.path }, ...options });
      queue.on('error', (error) => errors.push(error));
      queues.push(queue);
      return queue;
    };
    try {
      await use(open, server);
    } finally {
      await Promise.all(queues.map((queue) => queue.close()));
    }
    assert.deepEqual(errors, []);
  });
}

// Every third job fails twice, every fifth waits, and all have priorities.
const makeJobs = () => Array.from({ length: JOBS }, (_, i) => ({
  data: { number: i, failures: i % 3 === 0 ? 2 : 0 },
  opts: { attempts: 3, backoff: BACKOFF, delay: i % 5 === 0 ? 1 + i : 0, priority: 1 + i % 4 },
}));

queueTest('jobs are done once, and again only when they fail', async (open) => {
  const runs = new Map();
  const work = async (job) => {
    const count = (runs.get(job.data.number) ?? 0) + 1;
    runs.set(job.data.number, count);
    await job.progress(count);
    if (count <= job.data.failures) throw new Error(`run ${count}`);
    return job.data.number + 1;
  };
  const queue = open('work');
  await queue.addBulk(makeJobs());
  queue.process(8, work);
  open('work').process(8, work);

  await until(async () => (await queue.getJobCounts()).completed === JOBS, 'all are done');
  for (let i = 0; i < JOBS; i++) assert.equal(runs.get(i), i % 3 === 0 ? 3 : 1, `job ${i}`);
  const last = await queue.add({ number: JOBS, failures: 0 });
  assert.equal(await last.finished(), JOBS + 1);
  assert.equal((await queue.clean(0, 'completed')).length, JOBS + 1);
  await queue.obliterate();
  assert.equal(await queue.count(), 0);
});

queueTest('jobs that recur do so until their limit, and wait while the queue is paused',
  async (open) => {
    const done = [];
    const queue = open('again');
    queue.process((job) => { done.push(job.data.name); });
    await queue.add({ name: 'often' }, { repeat: { every: 20, limit: 3 } });
    await queue.add({ name: 'cron' }, { repeat: { cron: '0 0 1 1 *' } });
    await until(() => done.length === 3, 'three runs');

    const [yearly] = (await queue.getRepeatableJobs()).filter(({ cron }) => cron);
    await queue.removeRepeatableByKey(yearly.key);
    assert.equal((await queue.getRepeatableJobs()).some(({ cron }) => cron), false);
    await queue.pause();
    await queue.add({ name: 'paused' });
    assert.equal((await queue.getJobCounts()).paused, 1);
    await queue.resume();
    await until(() => done.includes('paused'), 'the paused job');
    assert.deepEqual(done, ['often', 'often', 'often', 'paused']);
  });

queueTest('a job whose worker was killed is done by another', async (open, server) => {
  const program = `const Queue = require('bull');
    const options = ${JSON.stringify({ redis: { path: server.path }, settings: LOCKS })};
    new Queue('killed', options).process(() => new Promise(() => process.stdout.write('begun')));`;
  const queue = open('killed', { settings: LOCKS });
  const job = await queue.add({ number: 1 });
  const worker = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = once(worker, 'exit');
  try {
    await once(worker.stdout, 'data');
    await until(() => job.isActive(), 'the job has begun');
  } finally {
    worker.kill('SIGKILL');
    await end;
  }
  queue.process(({ data }) => data.number + 1);
  assert.equal(await job.finished(), 2);
});
