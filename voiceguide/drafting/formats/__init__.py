"""Input formats: each module reads one family of files into a `Reading`, a list of what is spoken and when."""
