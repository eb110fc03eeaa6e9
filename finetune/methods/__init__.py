"""Ways of learning from judgements, one file each."""
