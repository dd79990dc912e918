"""What all benches share: ours and its peer in turns on one machine, and the report of their ratio."""
