"""The jobs that workers of rq run for rq_test.py."""

import threading
import time

import rq

RUN_SECONDS = 60


def count_run(number):
    """Says in the server that it ran, and returns a value made of its argument."""
    job = rq.get_current_job()
    job.connection.hincrby("runs", job.id, 1)
    return {"number": number, "square": number * number}


def note(name):
    """Says in the server when it ran, in the order of running."""
    rq.get_current_job().connection.rpush("notes", f"{name} {time.time()}")


def fail_until(run, number):
    """Fails until it runs for the given time."""
    result = count_run(number)
    job = rq.get_current_job()
    if int(job.connection.hget("runs", job.id)) < run:
        raise ValueError(f"not yet: {number}")
    return result


def run_long():
    """Runs until it is stopped."""
    rq.get_current_job().connection.set("running", 1)
    threading.Event().wait(RUN_SECONDS)
    rq.get_current_job().connection.set("ended", 1)
