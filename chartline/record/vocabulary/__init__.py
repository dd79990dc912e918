"""What clinicians call things: data that `meaning` reads names with, and the one place that reads the files."""
