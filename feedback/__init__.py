"""The studio's record: people, shots, briefs, takes, judgements, versions, trials and exports. Knows no model library."""
