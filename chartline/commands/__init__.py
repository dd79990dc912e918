"""What `chartline <command>` does: each module holds the commands of one concern."""
