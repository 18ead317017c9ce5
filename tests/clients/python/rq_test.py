"""rq's queues: workers are processes of its own program, as they are outside of tests."""

import datetime
import os
import subprocess
import time

import rq
from rq.command import send_shutdown_command, send_stop_job_command
from rq.job import JobStatus
from rq.suspension import resume, suspend

import rq_jobs
from servers import ServerTest, until

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = "/usr/bin/rq"
WORKER_SECONDS = 60
JOBS = 400
SIMPLE = ("--worker-class", "rq.worker.SimpleWorker")  # runs jobs in its own process


class QueueTest(ServerTest):

    def setUp(self):
        super().setUp()
        self.connection = self.connect()
        self.queue = rq.Queue(connection=self.connection)

    def worker(self, *options):
        log = open(os.path.join(self.server.directory, "worker-log"), "ab")
        process = subprocess.Popen(
            [PROGRAM, "worker", "--url", f"unix://{self.server.path}", "--path", HERE, *options],
            stdout=log, stderr=log, env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
        log.close()
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.wait()

    def work(self, *options, workers=1):
        """Lets workers do all jobs that can be done now."""
        processes = [self.worker("--burst", *options) for _ in range(workers)]
        for process in processes:
            self.assertEqual(process.wait(WORKER_SECONDS), 0)

    def notes(self):
        """What jobs noted, as (name, time)."""
        pairs = [note.split() for note in self.client.lrange("notes", 0, -1)]
        return [(name, float(seconds)) for name, seconds in pairs]


class Jobs(QueueTest):

    def test_two_workers_do_each_job_once(self):
        jobs = [self.queue.enqueue(rq_jobs.count_run, i, job_id=f"job-{i}") for i in range(JOBS)]
        self.assertEqual(len(self.queue), JOBS)
        self.work(*SIMPLE, workers=2)
        self.assertEqual(self.client.hgetall("runs"), {f"job-{i}": "1" for i in range(JOBS)})
        for i, job in enumerate(jobs):
            self.assertEqual(job.result, {"number": i, "square": i * i})
        self.assertEqual((len(self.queue), self.queue.finished_job_registry.count,
                          self.queue.failed_job_registry.count,
                          self.queue.started_job_registry.count), (0, JOBS, 0, 0))
        self.assertEqual(rq.Worker.count(connection=self.connection), 0)

    def test_jobs_that_fail_are_kept_and_tried_again(self):
        fails = self.queue.enqueue(rq_jobs.fail_until, 99, 1)
        again = self.queue.enqueue(rq_jobs.fail_until, 3, 2, retry=rq.Retry(max=5))
        gives_up = self.queue.enqueue(rq_jobs.fail_until, 99, 3, retry=rq.Retry(max=2))
        self.work()
        self.assertEqual(fails.get_status(), JobStatus.FAILED)
        self.assertIn("ValueError: not yet: 1", fails.latest_result().exc_string)
        self.assertEqual((again.get_status(), again.result["square"]), (JobStatus.FINISHED, 4))
        self.assertEqual(self.client.hgetall("runs"),
                         {fails.id: "1", again.id: "3", gives_up.id: "3"})
        registry = self.queue.failed_job_registry
        self.assertEqual(set(registry.get_job_ids()), {fails.id, gives_up.id})
        registry.requeue(fails.id)
        self.assertEqual((fails.get_status(), len(registry)), (JobStatus.QUEUED, 1))
        fails.cancel()
        self.work()
        self.assertEqual(self.client.hget("runs", fails.id), "1")

    def test_jobs_wait_for_those_that_they_depend_on(self):
        low = rq.Queue("low", connection=self.connection)
        base = [low.enqueue(rq_jobs.note, f"base-{i}") for i in range(3)]
        top = self.queue.enqueue(rq_jobs.note, "top", depends_on=base)
        last = self.queue.enqueue(rq_jobs.note, "last", depends_on=top)
        self.queue.enqueue(rq_jobs.note, "second")
        self.queue.enqueue(rq_jobs.note, "first", at_front=True)
        self.assertEqual(set(self.queue.deferred_job_registry.get_job_ids()), {top.id, last.id})
        self.work(*SIMPLE, "default", "low")
        self.assertEqual([name for name, _ in self.notes()],
                         ["first", "second", "base-0", "base-1", "base-2", "top", "last"])
        self.assertEqual(self.queue.deferred_job_registry.count, 0)


class Workers(QueueTest):

    def test_schedules_and_intervals_of_retries_are_kept(self):
        began = time.time()
        when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1.5)
        self.queue.enqueue_at(when, rq_jobs.note, "at")
        self.queue.enqueue_in(datetime.timedelta(seconds=1), rq_jobs.note, "in")
        self.queue.enqueue(rq_jobs.note, "now")
        retried = self.queue.enqueue(rq_jobs.fail_until, 2, 7, retry=rq.Retry(max=1, interval=1))
        self.assertEqual(self.queue.scheduled_job_registry.count, 2)
        worker = self.worker(*SIMPLE, "--with-scheduler")
        until(lambda: len(self.notes()) == 3 and retried.get_status() == JobStatus.FINISHED,
              "all jobs are done")
        came = dict(self.notes())
        self.assertLess(came["now"], came["in"])
        # The schedule counts in whole seconds.
        self.assertGreaterEqual(came["in"], int(began + 1))
        self.assertGreaterEqual(came["at"], int(began + 1.5))
        self.assertEqual(self.queue.scheduled_job_registry.count, 0)
        worker.terminate()
        self.assertEqual(worker.wait(WORKER_SECONDS), 0)

    def test_workers_obey_commands(self):
        worker = self.worker()
        job = self.queue.enqueue(rq_jobs.run_long)
        until(lambda: self.client.get("running"), "the job runs")
        known, = rq.Worker.all(connection=self.connection)
        self.assertEqual(known.get_state(), "busy")
        suspend(self.connection)
        send_stop_job_command(self.connection, job.id)
        until(lambda: job.get_status() == JobStatus.STOPPED, "the job is stopped")
        self.assertIsNone(self.client.get("ended"))
        later = self.queue.enqueue(rq_jobs.count_run, 3)
        until(lambda: self.client.hget(known.key, "state") == "suspended",
              "the worker is suspended")
        self.assertEqual(later.get_status(), JobStatus.QUEUED)
        resume(self.connection)
        until(lambda: later.get_status() == JobStatus.FINISHED, "the worker goes on")
        send_shutdown_command(self.connection, known.name)
        self.assertEqual(worker.wait(WORKER_SECONDS), 0)
        self.assertEqual(rq.Worker.count(connection=self.connection), 0)
