"""MEDS data sets, https://github.com/Medical-Event-Data-Standard/meds: read into events, and written from them."""
