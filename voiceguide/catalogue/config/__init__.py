"""The catalogue file: its keys, its reader, and the names that it gives to files."""
