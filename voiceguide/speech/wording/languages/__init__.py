"""One file of tables a language; see `voiceguide.speech.wording.language` for what each table is."""
