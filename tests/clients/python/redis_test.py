"""redis-py as applications use it: commands, pipelines, scripts, locks, messages, lost servers."""

import datetime
import threading

import redis

from servers import ServerTest, until

WORKERS = 8
TURNS = 25


class Commands(ServerTest):

    def test_values_of_all_types_come_back_as_they_were_written(self):
        client = self.client
        self.assertIs(client.set("text", "h\u00e9\r\n", ex=datetime.timedelta(minutes=1)), True)
        self.assertEqual(client.get("text"), "h\u00e9\r\n")
        self.assertGreater(client.ttl("text"), 50)
        self.assertIsNone(client.set("text", "x", nx=True))
        self.assertEqual(client.getex("text", persist=True), "h\u00e9\r\n")
        every_byte = bytes(range(256))
        raw = self.connect()
        raw.set(every_byte, every_byte)
        self.assertEqual(raw.get(every_byte), every_byte)
        self.assertEqual(client.hset("hash", mapping={"a": 1, "b": "two"}), 2)
        self.assertEqual(client.hgetall("hash"), {"a": "1", "b": "two"})
        self.assertEqual(client.rpush("list", *range(5)), 5)
        self.assertEqual(client.lpos("list", "3"), 3)
        self.assertEqual(client.lmpop(2, "absent", "list", direction="LEFT", count=2),
                         ["list", ["0", "1"]])
        self.assertEqual(client.sadd("set", "a", "b"), 2)
        self.assertEqual(client.sinter("set", "set"), {"a", "b"})
        self.assertEqual(client.zadd("zset", {"a": 1.5, "b": float("-inf")}), 2)
        self.assertEqual(client.zrange("zset", 0, -1, withscores=True),
                         [("b", float("-inf")), ("a", 1.5)])
        self.assertEqual(client.zrangestore("copy", "zset", 0, 0), 1)
        self.assertEqual(client.bzpopmax(["copy"], timeout=1), ("copy", "b", float("-inf")))
        client.geoadd("geo", (2.35, 48.85, "Paris", 4.83, 45.76, "Lyon"))
        self.assertEqual(client.geosearch("geo", longitude=2, latitude=48, radius=150, unit="km"),
                         ["Paris"])
        bits = client.bitfield("bits").set("u8", "#1", 200).get("u4", 8)
        self.assertEqual(bits.execute(), [0, 12])
        self.assertEqual(client.pfadd("visitors", "a", "b"), 1)
        with self.assertRaisesRegex(redis.ResponseError, "^WRONGTYPE Operation against a key"):
            client.incr("hash")
        self.assertTrue(client.copy("hash", "hash2", replace=True))
        dumped = raw.dump("zset")
        self.assertTrue(client.restore("zset2", 0, dumped))
        self.assertEqual(client.zscore("zset2", "a"), 1.5)

    def test_streams_and_groups_are_parsed(self):
        client = self.client
        for i in range(1, 6):
            client.xadd("stream", {"n": i}, id=f"{i}-1")
        client.xgroup_create("stream", "group", id="2-1")
        self.assertEqual(client.xreadgroup("group", "me", {"stream": ">"}, count=2),
                         [["stream", [("3-1", {"n": "3"}), ("4-1", {"n": "4"})]]])
        self.assertEqual(client.xpending("stream", "group"),
                         {"pending": 2, "min": "3-1", "max": "4-1",
                          "consumers": [{"name": "me", "pending": 2}]})
        self.assertEqual(client.xclaim("stream", "group", "you", 0, ["3-1"]), [("3-1", {"n": "3"})])
        self.assertEqual(client.xtrim("stream", maxlen=2, approximate=False), 3)
        self.assertEqual(client.xinfo_stream("stream")["first-entry"], ("4-1", {"n": "4"}))
        group, = client.xinfo_groups("stream")
        self.assertEqual((group["pending"], group["last-delivered-id"]), (2, "4-1"))
        consumers = client.xinfo_consumers("stream", "group")
        self.assertEqual({c["name"]: c["pending"] for c in consumers}, {"me": 1, "you": 1})

    def test_what_the_server_says_of_itself_is_parsed(self):
        client = self.client
        self.assertTrue(client.client_setname("python"))
        me, = [c for c in client.client_list() if c["name"] == "python"]
        self.assertEqual(me["id"], str(client.client_id()))
        info = client.info()
        self.assertEqual(info["redis_mode"], "standalone")
        self.assertGreaterEqual(info["connected_clients"], 1)
        client.set("key", "x", px=100000)
        self.assertEqual(client.info("keyspace")["db0"]["keys"], 1)
        self.assertGreater(client.info("commandstats")["cmdstat_set"]["calls"], 0)
        self.assertTrue(client.config_set("slowlog-log-slower-than", 0))
        client.get("key")
        self.assertIn(b"GET key", [entry["command"] for entry in self.connect().slowlog_get()])
        self.assertGreater(client.memory_usage("key"), 0)
        self.assertEqual(client.command()["get"]["arity"], 2)
        self.assertEqual(client.command_getkeys("MSET", "a", 1, "b", 2), ["a", "b"])
        self.assertEqual(client.object("encoding", "key"), "embstr")
        seconds, _ = client.time()
        self.assertLess(abs(seconds - datetime.datetime.now().timestamp()), 10)

    def test_iterators_see_each_key_once(self):
        names = {f"key:{i}" for i in range(3000)}
        self.client.mset({name: "x" for name in names})
        self.client.zadd("zset", {name: 1 for name in names})
        keys = list(self.client.scan_iter("key:*", count=100, _type="string"))
        self.assertEqual((len(keys), set(keys)), (3000, names))
        pairs = list(self.client.zscan_iter("zset"))
        self.assertEqual((len(pairs), dict(pairs)), (3000, {name: 1.0 for name in names}))

    def test_a_monitor_sees_what_others_send(self):
        with self.client.monitor() as monitor:
            self.connect().set("key", 'a "value"')
            commands = iter(monitor.listen())
            seen = next(entry for entry in commands if entry["command"].startswith("SET"))
        self.assertEqual((seen["db"], seen["client_type"]), (0, "unix"))
        self.assertIn("key", seen["command"])


class Pipelines(ServerTest):

    def test_pipelines_answer_in_order(self):
        pipeline = self.client.pipeline(transaction=False)
        for i in range(10000):
            if i % 100 == 99:
                pipeline.lpush("n", i)
            else:
                pipeline.incr("n")
        answers = pipeline.execute(raise_on_error=False)
        errors = [i for i, answer in enumerate(answers) if isinstance(answer, redis.ResponseError)]
        self.assertEqual(errors, list(range(99, 10000, 100)))
        self.assertEqual([a for a in answers if isinstance(a, int)], list(range(1, 9901)))

    def test_a_transaction_is_tried_again_when_a_watched_key_was_changed(self):
        other, attempts = self.connect(), []

        def double(pipeline):
            value = int(pipeline.get("n") or 1)
            if not attempts:
                other.set("n", 21)
            attempts.append(value)
            pipeline.multi()
            pipeline.set("n", value * 2)

        self.assertEqual(self.client.transaction(double, "n"), [True])
        self.assertEqual((attempts, self.client.get("n")), ([1, 21], "42"))
        with self.assertRaisesRegex(redis.ResponseError, "WRONGTYPE"):
            self.client.pipeline().set("n", 1).lpush("n", 2).incr("n").execute()
        self.assertEqual(self.client.get("n"), "2")

    def test_scripts_are_loaded_when_the_server_does_not_know_them(self):
        script = self.client.register_script("return {redis.call('INCRBY', KEYS[1], ARGV[1]), 'x'}")
        self.assertEqual(script(["n"], [5]), [5, "x"])
        self.assertTrue(self.client.script_flush("SYNC"))
        self.assertEqual(script(["n"], [5]), [10, "x"])
        self.client.script_flush("ASYNC")
        pipeline = self.client.pipeline()
        pipeline.incr("n")
        script(["n"], [1], client=pipeline)
        self.assertEqual(pipeline.execute(), [11, [12, "x"]])
        with self.assertRaises(redis.exceptions.NoScriptError):
            self.client.evalsha("f" * 40, 0)
        with self.assertRaisesRegex(redis.ResponseError, "user_script:1: .*my error"):
            self.client.eval("error('my error')", 0)


class Locks(ServerTest):

    def test_one_at_a_time_holds_a_lock(self):
        faults = []

        def work():
            client = self.connect()
            for _ in range(TURNS):
                with client.lock("lock", timeout=30, sleep=0.001):
                    value = int(client.get("counter") or 0)
                    if client.incr("inside") != 1:
                        faults.append("two inside")
                    client.set("counter", value + 1)
                    client.decr("inside")

        threads = [threading.Thread(target=work) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((faults, self.client.get("counter")), ([], str(WORKERS * TURNS)))
        self.assertEqual(self.client.exists("lock"), 0)

    def test_a_lock_ends_by_its_time_and_is_its_holders_only(self):
        mine = self.client.lock("lock", timeout=0.05)
        yours = self.client.lock("lock", timeout=30, blocking_timeout=10, sleep=0.005)
        self.assertTrue(mine.acquire())
        self.assertTrue(yours.acquire())
        with self.assertRaises(redis.exceptions.LockError):
            mine.release()
        self.assertTrue(yours.extend(60))
        self.assertGreater(self.client.pttl("lock"), 60000)
        self.assertTrue(yours.reacquire())
        self.assertLessEqual(self.client.pttl("lock"), 30000)
        yours.release()


class Messages(ServerTest):

    def test_subscribers_get_what_is_published(self):
        seen = []
        pubsub = self.client.pubsub()

        def handler(message):
            seen.append((message["type"], message["channel"], message["data"]))

        pubsub.subscribe(**{"news": handler})
        pubsub.psubscribe(**{"user:*": handler})
        thread = pubsub.run_in_thread(sleep_time=0.01, daemon=True)
        try:
            until(lambda: self.client.pubsub_numpat() == 1, "subscribed")
            self.assertEqual(self.client.pubsub_numsub("news"), [("news", 1)])
            for i in range(1000):
                self.assertEqual(self.client.publish("news", i), 1)
            self.assertEqual(self.client.publish("user:1", "hello"), 1)
            self.assertEqual(self.client.publish("weather", "none"), 0)
            until(lambda: len(seen) == 1001, "all messages")
        finally:
            thread.stop()
            thread.join()
        self.assertEqual(seen, [("message", "news", str(i)) for i in range(1000)]
                         + [("pmessage", "user:1", "hello")])

    def test_subscribers_learn_of_changes_of_keys(self):
        self.client.config_set("notify-keyspace-events", "KEA")
        pubsub = self.client.pubsub(ignore_subscribe_messages=True)
        pubsub.psubscribe("__key*__:*")
        until(lambda: self.client.pubsub_numpat() == 1, "subscribed")
        pubsub.get_message()
        self.client.set("key", "x", px=1)
        seen = []

        def expired():
            message = pubsub.get_message(timeout=0.1)
            if message:
                seen.append((message["channel"], message["data"]))
            return ("__keyevent@0__:expired", "key") in seen

        until(expired, "the key has expired")
        self.assertEqual(seen, [("__keyspace@0__:key", "set"), ("__keyevent@0__:set", "key"),
                                ("__keyspace@0__:key", "expire"), ("__keyevent@0__:expire", "key"),
                                ("__keyspace@0__:key", "expired"),
                                ("__keyevent@0__:expired", "key")])
        pubsub.close()


class LostServers(ServerTest):

    options = ("--appendonly", "yes", "--appendfsync", "always")

    def test_a_client_connects_again_and_finds_its_data(self):
        client = self.connect(decode_responses=True, retry_on_timeout=True,
                              health_check_interval=1)
        client.set("before", "kept")
        self.server.kill()
        with self.assertRaises(redis.exceptions.ConnectionError):
            client.get("before")
        self.server.start()
        self.assertEqual(client.get("before"), "kept")
