"""Models that read a chart as text or as soft tokens: one vector a record, and a head that makes an outcome of it."""
