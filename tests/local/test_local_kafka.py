"""What a broker acknowledged is there after kill -9 and a restart on the same folder and port."""

from itertools import islice

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


def test_a_group_continues_where_it_committed(broker: KafkaBroker) -> None:
    broker.create_topics("group", partitions=1)
    sent = [b"%d" % number for number in range(20)]
    with KafkaProducer(bootstrap_servers=broker.address) as producer:
        for value in sent:
            producer.send("group", value)
    options = {"bootstrap_servers": broker.address, "group_id": "readers", "auto_offset_reset": "earliest"}

    seen: list[bytes] = []
    for _ in range(2):
        consumer = KafkaConsumer("group", **options, enable_auto_commit=False)
        seen += [message.value for message in islice(consumer, 10)]
        consumer.commit()
        consumer.close()

    assert seen == sent
