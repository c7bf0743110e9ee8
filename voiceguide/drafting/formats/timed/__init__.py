"""Input formats in which every line has a time: captions, lyrics, labels, chapters and lists of times."""
