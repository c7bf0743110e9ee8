"""Input formats in which every line has its time: captions, lyrics, labels, chapters and lists of times."""
