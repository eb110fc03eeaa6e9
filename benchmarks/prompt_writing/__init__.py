"""Does a writer that learns from a house's verdicts on wordings win against the briefs as they were written?"""
