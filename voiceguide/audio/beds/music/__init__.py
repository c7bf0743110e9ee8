"""Music beds: soft, slow and instrumental, laid in cells of twelve seconds that may follow one another in any order."""
