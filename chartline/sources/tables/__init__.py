"""Tables of a clinical database become canonical records by a declarative mapping file, not by code."""
