"""What a chart is: events, versions, what was known when, plans, their execution. Pure: no I/O, no protobuf."""
