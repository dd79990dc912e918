"""What a broker acknowledged is there after kill -9 and a restart on the same folder and port."""

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from chartline.local.kafka import KafkaBroker


def read_all(address: str, topic: str, count: int) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=address, auto_offset_reset="earliest", consumer_timeout_ms=10_000)
    consumer.assign([TopicPartition(topic, 0)])
    values: list[bytes] = []
    for message in consumer:
        values.append(message.value)
        if len(values) == count:
            break
    consumer.close()
    return values


def test_acknowledged_messages_survive_kill_nine(broker: KafkaBroker) -> None:
    broker.create_topics("survives", partitions=1)
    sent = [b"message %d" % n for n in range(1000)]
    producer = KafkaProducer(bootstrap_servers=broker.address, compression_type="zstd")
    acknowledged = [producer.send("survives", value) for value in sent]
    for future in acknowledged:
        future.get(timeout=30)
    producer.close()

    broker.kill()
    assert not broker.is_ready()
    broker.start()

    assert read_all(broker.address, "survives", len(sent)) == sent


def test_consumer_group_continues_where_it_committed(broker: KafkaBroker) -> None:
    broker.create_topics("group")
    with KafkaProducer(bootstrap_servers=broker.address) as producer:
        for number in range(20):
            producer.send("group", b"%d" % number).get(timeout=30)
    options = {"bootstrap_servers": broker.address, "group_id": "readers", "auto_offset_reset": "earliest"}

    seen: list[bytes] = []
    for _ in range(2):
        consumer = KafkaConsumer("group", **options, enable_auto_commit=False, max_poll_records=10)
        while (read := sum((m for m in consumer.poll(timeout_ms=500).values()), [])) or not seen:
            seen += [message.value for message in read]
            consumer.commit()
            if len(seen) in (10, 20):
                break
        consumer.close()
    assert sorted(seen, key=int) == [b"%d" % n for n in range(20)]
