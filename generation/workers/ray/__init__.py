"""Drawing on other machines over Ray: the head leases and stores, and alone opens the database; actors draw."""
